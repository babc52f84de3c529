/** Label selectors as the API server reads them: checked at the start, because it would refuse a bad one at every list, for ever. Pure. */

const LABEL = '[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?';
const DNS_LABEL = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
const KEY = `(${DNS_LABEL}([.]${DNS_LABEL})*/)?${LABEL}`;
const VALUE = `(${LABEL})?`;
/** What a requirement may be: `key`, `!key`, `key=value`, `key==value`, `key!=value`, `key in (a,b)`, `key notin (a,b)`. */
const requirement = new RegExp(
  `^(!? *${KEY}|${KEY} *(=|==|!=) *${VALUE}|${KEY} +(in|notin) *[(] *${VALUE}( *, *${VALUE})* *[)])$`,
);

/** The first requirement that cannot be read; undefined when the selector is good. */
export function badRequirement(selector: string): string | undefined {
  return requirementsOf(selector).find((text) => !requirement.test(text));
}

/** A comma within parentheses separates values. */
function requirementsOf(selector: string): string[] {
  return selector.split(/,(?![^()]*[)])/).map((text) => text.trim());
}
