// The sentences of the scripts in the language of the page. English is in the code, and the key of every other language.

const words = JSON.parse(document.body.dataset.words || "{}");

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));

export function gettext(text, values = {}) {
  return filled(words[text] || text, values);
}

// `one` when the number is one, else `many`, with the number as {number}; in languages with one form always that.
export function ngettext(one, many, number, values = {}) {
  const forms = words[one] || [one, many];
  return filled(forms[number === 1 ? 0 : forms.length - 1], { number, ...values });
}
