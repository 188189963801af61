-- first_schema backfills source_health identity politeness desk_cards search held_polls publications tasks events watching nominations roles public_updates told_articles history_guards languages term_definitions suggestions impact_stories comparisons glosses sessions letters openids evidence how_far pictures written_once lacking_articles registered suggested_again unread_unlisted
CREATE TABLE sub_regions (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    position INTEGER NOT NULL
) STRICT;
CREATE TABLE sub_region_countries (
    sub_region TEXT NOT NULL REFERENCES sub_regions (id) ON DELETE CASCADE,
    country TEXT NOT NULL,                          -- ISO 3166-1 alpha-2, or INT
    name TEXT NOT NULL,                             -- as the report prints it
    position INTEGER NOT NULL,
    PRIMARY KEY (sub_region, country)
) STRICT, WITHOUT ROWID;
CREATE TABLE sources (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    institution TEXT NOT NULL,
    country TEXT NOT NULL,
    sub_region TEXT NOT NULL,
    language TEXT NOT NULL,
    kind TEXT NOT NULL,
    url TEXT NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1))
, role TEXT NOT NULL DEFAULT 'official' CHECK (role IN ('official', 'aggregator'))) STRICT;
CREATE TABLE poll_states (                          -- what must be remembered between two polls
    source_id TEXT PRIMARY KEY REFERENCES sources (id),
    etag TEXT,                                      -- byte for byte as received
    last_modified TEXT,
    body_hash TEXT,
    settled INTEGER,                                -- the rung of the ladder that answered
    settled_url TEXT,                               -- the address that answered, where it was discovered
    settled_for TEXT,                               -- the address of that rung then: an edited block is settled anew
    next_poll_at TEXT,
    failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0)
, begun_at TEXT, begun_uptime REAL, begun_boot TEXT, strikes REAL NOT NULL DEFAULT 0 CHECK (strikes >= 0), fresh_seconds INTEGER, whole_at TEXT, lied_at TEXT, verdict TEXT, moved_to TEXT, moved_polls INTEGER NOT NULL DEFAULT 0, absent_since TEXT, absent_polls INTEGER NOT NULL DEFAULT 0, pages TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(pages)), every TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE polls (
    id INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES sources (id),
    started_at TEXT NOT NULL,
    outcome TEXT NOT NULL
        CHECK (outcome IN ('new', 'unchanged', 'not_modified', 'empty', 'failed', 'challenged', 'refused')),
    http_status INTEGER,
    items_seen INTEGER NOT NULL DEFAULT 0 CHECK (items_seen >= 0),
    items_new INTEGER NOT NULL DEFAULT 0 CHECK (items_new BETWEEN 0 AND items_seen),
    duration_ms INTEGER NOT NULL CHECK (duration_ms >= 0),
    error TEXT,                                     -- a sentence; given exactly when the poll did not work
    next_poll_at TEXT NOT NULL, doubt TEXT,
    CHECK ((error IS NOT NULL) = (outcome IN ('failed', 'challenged', 'refused')))
) STRICT;
CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES sources (id),
    source_item_id TEXT,                            -- the id the source itself gives
    url TEXT NOT NULL CHECK (url LIKE 'http://%' OR url LIKE 'https://%'),
    canonical_url TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL CHECK (title <> ''),
    summary TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '',                  -- of the article page, for reading and search; never published
    language TEXT NOT NULL,
    country TEXT NOT NULL,
    published_on TEXT CHECK (published_on GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    date_precision TEXT NOT NULL DEFAULT 'none' CHECK (date_precision IN ('day', 'month', 'year', 'none')),
    date_source TEXT CHECK (date_source IN ('feed', 'meta', 'list', 'url', 'text', 'hand')),
    date_text TEXT NOT NULL DEFAULT '',             -- as printed
    image_url TEXT,
    first_seen_at TEXT NOT NULL,
    content_hash TEXT NOT NULL,                     -- of what the list says, to tell changed from unchanged
    article_read_at TEXT,
    article_attempts INTEGER NOT NULL DEFAULT 0,
    article_error TEXT,
    state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'impactful', 'dismissed', 'later')),
    duplicate_of INTEGER REFERENCES items (id) CHECK (duplicate_of <> id),
    version INTEGER NOT NULL DEFAULT 1,             -- grows with every decision
    edited_title TEXT,                              -- edited_*: for the report; what was found is kept beside it
    edited_summary TEXT,
    edited_url TEXT CHECK (edited_url LIKE 'http://%' OR edited_url LIKE 'https://%'),
    edited_country TEXT,
    impact TEXT, marked INTEGER NOT NULL DEFAULT 0 CHECK (marked IN (0, 1)), held_by INTEGER REFERENCES held_polls (poll_id), event_start_on TEXT, event_end_on TEXT, story TEXT CHECK (story IS NULL OR json_valid(story)),
    CHECK ((published_on IS NULL) = (date_precision = 'none')),
    CHECK ((published_on IS NULL) = (date_source IS NULL))
) STRICT;
CREATE TABLE vocabularies (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    level1_name TEXT NOT NULL,
    level2_name TEXT,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    position INTEGER NOT NULL
) STRICT;
CREATE TABLE terms (
    vocabulary TEXT NOT NULL REFERENCES vocabularies (id),
    code TEXT NOT NULL,
    parent TEXT,
    label TEXT NOT NULL,
    labels TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(labels)),   -- language → label
    position INTEGER NOT NULL, definition TEXT NOT NULL DEFAULT '', certain INTEGER NOT NULL DEFAULT 1 CHECK (certain IN (0, 1)),
    PRIMARY KEY (vocabulary, code),
    FOREIGN KEY (vocabulary, parent) REFERENCES terms (vocabulary, code)
) STRICT, WITHOUT ROWID;
CREATE TABLE item_tags (
    item_id INTEGER NOT NULL REFERENCES items (id),
    vocabulary TEXT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (item_id, vocabulary, code),
    FOREIGN KEY (vocabulary, code) REFERENCES terms (vocabulary, code)
) STRICT, WITHOUT ROWID;
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (name <> ''),
    password_hash TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created_at TEXT NOT NULL
, role TEXT NOT NULL DEFAULT 'reader'
    CHECK (role IN ('reader', 'nominator', 'convenor', 'operator')), email TEXT COLLATE NOCASE CHECK (email LIKE '%_@_%'), letters INTEGER NOT NULL DEFAULT 1 CHECK (letters IN (0, 1))) STRICT;
CREATE TABLE user_sub_regions (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sub_region TEXT NOT NULL,
    PRIMARY KEY (user_id, sub_region)
) STRICT, WITHOUT ROWID;
CREATE TABLE failed_logins (
    name TEXT NOT NULL COLLATE NOCASE,
    failed_at TEXT NOT NULL
) STRICT;
CREATE TABLE reports (
    id INTEGER PRIMARY KEY,
    sub_region TEXT NOT NULL REFERENCES sub_regions (id),
    period_start TEXT NOT NULL CHECK (period_start GLOB '[12][0-9][0-9][0-9]-[01][0-9]'),
    period_end TEXT NOT NULL CHECK (period_end GLOB '[12][0-9][0-9][0-9]-[01][0-9]' AND period_end >= period_start),
    convenor TEXT NOT NULL DEFAULT '',
    submitted_on TEXT CHECK (submitted_on GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    vocabulary TEXT NOT NULL REFERENCES vocabularies (id),
    sections TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(sections)),   -- letter A to E → the convenor's text
    UNIQUE (sub_region, period_start, period_end)
) STRICT;
CREATE TABLE picks (
    report_id INTEGER NOT NULL REFERENCES reports (id),
    item_id INTEGER NOT NULL REFERENCES items (id),
    country TEXT NOT NULL,
    rank INTEGER NOT NULL CHECK (rank >= 1),
    PRIMARY KEY (report_id, item_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE backfill_pages (                       -- of walks back through older pages that are not at their end
    id INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES sources (id),
    read_for TEXT NOT NULL,                         -- kind, address and options by which the source is read
    url TEXT NOT NULL,
    next_url TEXT NOT NULL,                         -- the next older page; that of the last row is where to go on
    UNIQUE (source_id, url)
) STRICT;
CREATE TABLE source_memories (                      -- what a good page of the source looks like
    source_id TEXT PRIMARY KEY REFERENCES sources (id),
    memory TEXT NOT NULL CHECK (json_valid(memory))
) STRICT;
CREATE TABLE doubtful_pages (                       -- the newest one of each source, for a person to look at
    source_id TEXT PRIMARY KEY REFERENCES sources (id),
    url TEXT NOT NULL,
    content_type TEXT NOT NULL,
    body BLOB NOT NULL,                             -- zlib, cut at a limit
    fetched_at TEXT NOT NULL
) STRICT;
CREATE TABLE repair_proposals (                     -- another way to read the source, waiting for a yes
    source_id TEXT PRIMARY KEY REFERENCES sources (id),
    proposal TEXT NOT NULL CHECK (json_valid(proposal)),
    proposed_at TEXT NOT NULL
) STRICT;
CREATE TABLE source_overrides (                     -- the way that was taken over in place of the block's
    source_id TEXT PRIMARY KEY REFERENCES sources (id),
    kind TEXT NOT NULL,
    url TEXT NOT NULL,
    options TEXT NOT NULL CHECK (json_valid(options)),
    replaces TEXT NOT NULL,                         -- what the block said then: an edited block counts again
    taken_at TEXT NOT NULL,
    taken_by TEXT NOT NULL
) STRICT;
CREATE TABLE item_addresses (                       -- where items stood; a row of another source is a sighting
    address TEXT NOT NULL,                          -- the key that all spellings of an address share
    source_id TEXT NOT NULL REFERENCES sources (id),    -- which listed it there
    item_id INTEGER NOT NULL REFERENCES items (id),
    url TEXT NOT NULL,                              -- as found
    first_seen_on TEXT NOT NULL,
    last_seen_on TEXT NOT NULL,
    PRIMARY KEY (address, source_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE item_ids (                             -- every id that the source itself gave an item
    source_id TEXT NOT NULL REFERENCES sources (id),
    source_item_id TEXT NOT NULL,
    item_id INTEGER NOT NULL REFERENCES items (id),
    first_seen_on TEXT NOT NULL,
    PRIMARY KEY (source_id, source_item_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE item_names (                           -- every title and day under which a list named an item
    source_id TEXT NOT NULL REFERENCES sources (id),
    stem TEXT NOT NULL,                             -- the first letters of the title
    listed_on TEXT NOT NULL,                        -- 2021-02-17, 2021-02, 2021, or '' for no day
    title TEXT NOT NULL,                            -- folded for comparing
    item_id INTEGER NOT NULL REFERENCES items (id),
    cut INTEGER NOT NULL CHECK (cut IN (0, 1)),     -- the title goes on elsewhere
    first_seen_on TEXT NOT NULL,
    PRIMARY KEY (source_id, stem, listed_on, title, item_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE item_revisions (                       -- what a source changed of an item; what stands now is in items
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES items (id),
    poll_id INTEGER REFERENCES polls (id),          -- which saw it; NULL: a page of a walk that was not at its end
    revised_at TEXT NOT NULL,
    field TEXT NOT NULL CHECK (field IN ('title', 'summary')),
    before TEXT NOT NULL,
    after TEXT NOT NULL
) STRICT;
CREATE TABLE hosts (                                -- what must be remembered of a server between two requests
    host TEXT PRIMARY KEY,                          -- with its port where that is not the usual one
    asked_at TEXT NOT NULL,                         -- the newest request, by both clocks
    asked_uptime REAL NOT NULL,
    asked_boot TEXT NOT NULL,
    user_agent TEXT NOT NULL,                       -- that it was asked with
    held_at TEXT,                                   -- when it asked us to stay away, by both clocks
    held_uptime REAL,
    held_boot TEXT,
    held_seconds INTEGER,                           -- and for how long
    held_why TEXT
) STRICT;
CREATE TABLE host_days (                            -- what a server was asked on a day: sums, no row for a request
    host TEXT NOT NULL,
    day TEXT NOT NULL,                              -- UTC
    requests INTEGER NOT NULL DEFAULT 0,
    robots_requests INTEGER NOT NULL DEFAULT 0,     -- of them for robots.txt
    conditional INTEGER NOT NULL DEFAULT 0,         -- of them asked with validators
    not_modified INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,               -- of the bodies, as they came over the wire
    refused INTEGER NOT NULL DEFAULT 0,             -- answers 401, 403, 429, 503
    failed INTEGER NOT NULL DEFAULT 0,              -- other answers without a page, and none at all
    kept_back INTEGER NOT NULL DEFAULT 0,           -- not sent, because robots.txt forbids it
    PRIMARY KEY (host, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE robots_files (
    address TEXT PRIMARY KEY,
    asked_at TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('rules', 'none', 'unreadable')),
    body BLOB NOT NULL DEFAULT x'',                 -- the rules, where there are some
    etag TEXT,
    last_modified TEXT,
    error TEXT                                      -- why it cannot be read
) STRICT;
CREATE TABLE "decisions" (
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES items (id),
    actor TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('impactful', 'later', 'dismiss', 'edit', 'fold', 'unfold', 'undo')),
    note TEXT NOT NULL DEFAULT '',
    before TEXT NOT NULL CHECK (json_valid(before)),
    after TEXT NOT NULL CHECK (json_valid(after)),
    undoes INTEGER UNIQUE REFERENCES "decisions" (id),
    request TEXT, suggested TEXT CHECK (suggested IS NULL OR json_valid(suggested)),                                   -- made by the browser, shared by all rows of one sending
    CHECK ((undoes IS NOT NULL) = (action = 'undo'))
) STRICT;
CREATE TABLE user_keys (                            -- keys of the desk that a person chose herself
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    command TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (user_id, command)
) STRICT, WITHOUT ROWID;
CREATE TABLE queue_counts (
    source_id TEXT NOT NULL,
    state TEXT NOT NULL,
    country TEXT NOT NULL,
    items INTEGER NOT NULL,
    PRIMARY KEY (source_id, state, country)
) STRICT, WITHOUT ROWID;
CREATE TABLE story_keys (
    key INTEGER NOT NULL,
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    PRIMARY KEY (key, item_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE items_to_compare (
    item_id INTEGER PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE
) STRICT;
CREATE TABLE items_to_index (
    item_id INTEGER PRIMARY KEY,
    title TEXT,                                     -- what the index holds of the item now, to be taken out;
    summary TEXT,                                   -- NULL: nothing
    text TEXT
) STRICT;
CREATE TABLE held_polls (                           -- polls whose new items wait for one look
    poll_id INTEGER PRIMARY KEY REFERENCES polls (id),
    source_id TEXT NOT NULL REFERENCES sources (id),
    why TEXT NOT NULL,
    verdict TEXT CHECK (verdict IN ('released', 'dismissed')),  -- NULL: nobody looked yet
    settled_at TEXT,
    settled_by TEXT,
    CHECK ((verdict IS NULL) = (settled_at IS NULL) AND (verdict IS NULL) = (settled_by IS NULL))
) STRICT;
CREATE TABLE publications (                         -- what was ever public: its address answers for ever
    item_id INTEGER PRIMARY KEY,
    first_published_on TEXT NOT NULL,
    withdrawn_on TEXT                               -- NULL while it is public
, added_at TEXT, updated_at TEXT, content TEXT) STRICT;
CREATE TABLE tasks (                                -- what a source asks the operator to do
    id INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES sources (id),
    sentence TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    done_at TEXT
) STRICT;
CREATE TABLE poll_counts (
    outcome TEXT PRIMARY KEY,
    polls INTEGER NOT NULL,
    items_new INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE believed_pages (                       -- of sources whose page is right as it is, as a person said last
    source_id TEXT PRIMARY KEY REFERENCES sources (id),
    believed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE nominations (                          -- who brought an item, and why
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES items (id),
    who TEXT NOT NULL,
    why TEXT NOT NULL DEFAULT '',
    via TEXT NOT NULL CHECK (via IN ('desk', 'command', 'link')),
    nominated_at TEXT NOT NULL
, withdrawn_at TEXT) STRICT;
CREATE TABLE suggest_links (                        -- over which anybody may nominate
    sub_region TEXT PRIMARY KEY REFERENCES sub_regions (id),
    token TEXT NOT NULL UNIQUE,
    enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1))
) STRICT;
CREATE TABLE suggest_tries (                        -- of the last hour
    sub_region TEXT NOT NULL,
    tried_at TEXT NOT NULL
) STRICT;
CREATE TABLE item_links (                           -- what posts point to: an article that comes later is known by it
    address TEXT NOT NULL,                          -- the key that all spellings of an address share
    item_id INTEGER NOT NULL REFERENCES items (id),
    PRIMARY KEY (address, item_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE user_languages (                       -- in which a person wants the desk
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    language TEXT NOT NULL
) STRICT;
CREATE TABLE item_suggestions (
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL CHECK (rank >= 1),
    vocabulary TEXT NOT NULL,
    code TEXT NOT NULL,
    words TEXT NOT NULL CHECK (json_valid(words)),
    source TEXT NOT NULL CHECK (source IN ('rules', 'desk')),
    PRIMARY KEY (item_id, rank)
) STRICT, WITHOUT ROWID;
CREATE TABLE items_to_suggest (
    item_id INTEGER PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE
) STRICT;
CREATE TABLE suggestion_figures (                   -- how well each vocabulary is suggested, and by what
    vocabulary TEXT PRIMARY KEY REFERENCES vocabularies (id),
    decided INTEGER NOT NULL,                       -- items that people tagged by it, which the figures are made of
    rules REAL,                                     -- share of people's tags that the rules would have put first
    desk REAL,                                      -- the same of what the desk's own decisions teach, each left out
    source TEXT NOT NULL CHECK (source IN ('rules', 'desk')),   -- which of them suggests now
    mark TEXT NOT NULL,                             -- of the rules that were measured
    measured_at TEXT NOT NULL
) STRICT;
CREATE TABLE comparisons (                          -- which of two activities people find the more impactful one
    id INTEGER PRIMARY KEY,
    report_id INTEGER NOT NULL REFERENCES reports (id),
    better INTEGER NOT NULL REFERENCES items (id),
    other INTEGER NOT NULL REFERENCES items (id),
    actor TEXT NOT NULL,
    compared_at TEXT NOT NULL,
    withdrawn_at TEXT,                              -- NULL: it stands
    CHECK (better <> other)
) STRICT;
CREATE TABLE glosses (                              -- titles as a machine translated them
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    language TEXT NOT NULL,                         -- into which
    gloss TEXT NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (item_id, language)
) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (                             -- open ones; one that ends is a row less
    id TEXT PRIMARY KEY,                            -- random; worth nothing without the signature in the cookie
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    begun_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,                          -- when something was last posted, to some minutes
    ends_at TEXT NOT NULL,
    device TEXT NOT NULL                            -- browser and system, as far as they tell
) STRICT, WITHOUT ROWID;
CREATE TABLE letters (                              -- that were sent
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sent_at TEXT NOT NULL,
    items INTEGER NOT NULL,                         -- that waited then
    PRIMARY KEY (user_id, sent_at)
) STRICT, WITHOUT ROWID;
CREATE TABLE openids (                              -- identities that a provider vouches for
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject),
    UNIQUE (issuer, user_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE evidence (                             -- of an activity: its page as it was fetched, a public copy
    item_id INTEGER PRIMARY KEY REFERENCES items (id),
    url TEXT NOT NULL,                              -- as asked for; an activity whose address changed is kept anew
    tried_at TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 1,
    problem TEXT,                                   -- why nothing is kept
    fetched_at TEXT,
    sha256 TEXT,                                    -- of the body; NULL: nothing is kept
    bytes INTEGER,
    media_type TEXT,
    file TEXT,                                      -- below the folder of evidence
    memento_url TEXT,
    memento_at TEXT,
    memento_asked_at TEXT
) STRICT;
CREATE TABLE items_done (
    work TEXT PRIMARY KEY CHECK (work IN ('compare', 'index', 'suggest')),
    up_to INTEGER NOT NULL                          -- the id of the last item that it came to
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE item_words USING fts5 (title, summary, text, content = '', tokenize = 'ascii');
CREATE TABLE pictures (                             -- small copies of the pictures of waiting items; old ones go
    item_id INTEGER PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE,
    url TEXT NOT NULL,                              -- as asked for; another address of the item is asked anew
    tried_at TEXT NOT NULL,
    tries INTEGER NOT NULL,                         -- that failed
    problem TEXT,                                   -- why there is none
    mark TEXT,                                      -- tells the picture from any other; NULL: there is none
    width INTEGER,
    height INTEGER,
    body BLOB                                       -- WebP
) STRICT;
CREATE TABLE registered_regions (mark TEXT NOT NULL);
CREATE TABLE suggested_again (up_to INTEGER NOT NULL) STRICT;
CREATE INDEX polls_by_source ON polls (source_id, id DESC);
CREATE INDEX failed_logins_by_name ON failed_logins (name, failed_at);
CREATE INDEX item_addresses_by_item ON item_addresses (item_id);
CREATE INDEX item_revisions_by_item ON item_revisions (item_id, id);
CREATE INDEX sources_by_institution ON sources (institution);
CREATE INDEX items_unmarked ON items (id) WHERE marked = 0;
CREATE INDEX decisions_by_item ON decisions (item_id, id);
CREATE INDEX decisions_by_actor ON decisions (actor, id);
CREATE UNIQUE INDEX decisions_by_request ON decisions (request, item_id) WHERE request IS NOT NULL;
CREATE TRIGGER decisions_are_kept_as_written BEFORE UPDATE ON decisions
BEGIN SELECT raise(ABORT, 'a decision is never changed: add another one'); END;
CREATE TRIGGER decisions_are_never_deleted BEFORE DELETE ON decisions
BEGIN SELECT raise(ABORT, 'a decision is never deleted: add another one'); END;
CREATE INDEX items_folded ON items (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX story_keys_by_item ON story_keys (item_id);
CREATE INDEX held_polls_waiting ON held_polls (source_id) WHERE verdict IS NULL;
CREATE INDEX items_held ON items (held_by) WHERE held_by IS NOT NULL;
CREATE INDEX items_listed ON items (state, coalesce(published_on, '') DESC, id DESC, source_id,
    coalesce(edited_country, country), language, held_by) WHERE duplicate_of IS NULL;
CREATE TRIGGER items_are_counted_out AFTER DELETE ON items WHEN OLD.duplicate_of IS NULL AND OLD.held_by IS NULL
BEGIN
    UPDATE queue_counts SET items = items - 1 WHERE source_id = OLD.source_id AND state = OLD.state
        AND country = coalesce(OLD.edited_country, OLD.country);
END;
CREATE TRIGGER items_are_counted_again
    AFTER UPDATE OF source_id, state, country, edited_country, duplicate_of, held_by ON items
BEGIN
    UPDATE queue_counts SET items = items - 1 WHERE OLD.duplicate_of IS NULL AND OLD.held_by IS NULL
        AND source_id = OLD.source_id AND state = OLD.state AND country = coalesce(OLD.edited_country, OLD.country);
    INSERT INTO queue_counts
        SELECT NEW.source_id, NEW.state, coalesce(NEW.edited_country, NEW.country), 1
        WHERE NEW.duplicate_of IS NULL AND NEW.held_by IS NULL
        ON CONFLICT DO UPDATE SET items = items + 1;
END;
CREATE TRIGGER changed_items_are_compared AFTER UPDATE OF title, text, published_on, held_by ON items
    WHEN NEW.held_by IS NULL AND (NEW.title <> OLD.title OR NEW.text <> OLD.text
        OR NEW.published_on IS NOT OLD.published_on OR OLD.held_by IS NOT NULL)
BEGIN INSERT OR IGNORE INTO items_to_compare VALUES (NEW.id); END;
CREATE INDEX tasks_waiting ON tasks (source_id) WHERE done_at IS NULL;
CREATE INDEX items_with_events ON items (event_start_on) WHERE event_start_on IS NOT NULL;
CREATE TRIGGER polls_are_counted AFTER INSERT ON polls
BEGIN
    INSERT INTO poll_counts VALUES (NEW.outcome, 1, NEW.items_new, NEW.duration_ms)
        ON CONFLICT DO UPDATE SET polls = polls + 1, items_new = items_new + NEW.items_new,
            duration_ms = duration_ms + NEW.duration_ms;
END;
CREATE INDEX items_by_source ON items (source_id, published_on, first_seen_at);
CREATE INDEX nominations_by_item ON nominations (item_id);
CREATE INDEX suggest_tries_by_region ON suggest_tries (sub_region, tried_at);
CREATE TRIGGER decisions_are_never_replaced BEFORE INSERT ON decisions
WHEN EXISTS (SELECT 1 FROM decisions WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM decisions WHERE undoes = NEW.undoes)
    OR EXISTS (SELECT 1 FROM decisions WHERE request = NEW.request AND item_id = NEW.item_id)
BEGIN SELECT raise(ABORT, 'a decision is never replaced: add another one'); END;
CREATE TRIGGER decisions_come_last AFTER INSERT ON decisions WHEN NEW.id < (SELECT max(id) FROM decisions)
BEGIN SELECT raise(ABORT, 'a decision is never put between others: it comes last'); END;
CREATE INDEX decisions_by_time ON decisions (decided_at);
CREATE TRIGGER changed_items_are_suggested_tags AFTER UPDATE OF title, summary, text ON items
    WHEN NEW.title <> OLD.title OR NEW.summary <> OLD.summary OR NEW.text <> OLD.text
BEGIN INSERT OR IGNORE INTO items_to_suggest VALUES (NEW.id); END;
CREATE INDEX comparisons_by_report ON comparisons (report_id, id);
CREATE TRIGGER changed_titles_lose_their_glosses AFTER UPDATE OF title ON items WHEN NEW.title <> OLD.title
BEGIN DELETE FROM glosses WHERE item_id = NEW.id; END;
CREATE INDEX sessions_by_user ON sessions (user_id, begun_at);
CREATE UNIQUE INDEX users_by_email ON users (email) WHERE email IS NOT NULL;
CREATE TRIGGER changed_items_are_indexed
AFTER UPDATE OF title, edited_title, summary, edited_summary, impact, text ON items
WHEN old.id <= (SELECT up_to FROM items_done WHERE work = 'index')
    AND (new.title, new.edited_title, new.summary, new.edited_summary, new.impact, new.text)
    IS NOT (old.title, old.edited_title, old.summary, old.edited_summary, old.impact, old.text)
BEGIN
    INSERT OR IGNORE INTO items_to_index (item_id, title, summary, text) VALUES (
        old.id,
        old.title || char(10) || coalesce(old.edited_title, ''),
        old.summary || char(10) || coalesce(old.edited_summary, '') || char(10) || coalesce(old.impact, ''),
        old.text
    );
END;
CREATE INDEX pictures_by_age ON pictures (tried_at);
CREATE INDEX items_lacking ON items (source_id, published_on DESC, id)
  WHERE article_read_at IS NULL AND held_by IS NULL AND article_attempts < 3
    AND (summary = '' OR date_precision <> 'day');
INSERT INTO items_done (work, up_to) VALUES ('compare', 0);
INSERT INTO items_done (work, up_to) VALUES ('index', 0);
INSERT INTO items_done (work, up_to) VALUES ('suggest', 0);
INSERT INTO suggested_again (up_to) VALUES (0);
