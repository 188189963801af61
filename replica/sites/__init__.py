"""One module for each site, which renders list pages, articles and feeds from the samples. Each offers `SITE`."""
