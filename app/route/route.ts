/**
 * The rule: the last decimal digit of an order decides. Even is hot, odd is cold.
 *
 * Precisely, the last byte of the value that is an ASCII digit (0x30–0x39), wherever it stands. So:
 *
 * | order                                   | drink | because                                            |
 * |-----------------------------------------|-------|----------------------------------------------------|
 * | `11/23/26 20:37:40`                     | hot   | the time source's format: the seconds decide       |
 * | `7`, `-7`, `+7`, `1.7`, `0x17`          | cold  | signs, points and letters before it do not matter  |
 * | `12\n`, `12  `                          | hot   | white space after it does not matter               |
 * | `"12"`, `{"order": 12}`, `[1, 12]`      | hot   | neither do JSON's quotes, braces and brackets      |
 * | `{"order": 12, "cups": 3}`              | cold  | the last digit of the whole text, not of one field |
 * | `12 €`, `12` + any bytes but digits     | hot   | other characters are looked past                   |
 * | `tea`, empty, `٣`, `３`, binary         | bad   | no ASCII digit: `no-digit`                         |
 * | null                                    | —     | a tombstone: skipped                               |
 */

export type Drink = 'hot' | 'cold';

/** What the rule says of one order. */
export type Route = Drink | 'tombstone' | 'no-digit';

const zero = 0x30;
const nine = 0x39;

/** Pure and total: an answer for every value. Looks from the end, so the usual order costs one step. */
export function route(value: Uint8Array | null): Route {
  if (value === null) return 'tombstone';
  for (let at = value.length - 1; at >= 0; at -= 1) {
    const byte = value[at];
    if (byte !== undefined && byte >= zero && byte <= nine) return byte % 2 === 0 ? 'hot' : 'cold';
  }
  return 'no-digit';
}

/** The value of a drink. */
export const serving = { hot: 'Serve Hot drink', cold: 'Serve Cold drink' } as const satisfies Record<
  Drink,
  string
>;

/** Why an order is bad, for people. */
export const badOrderMessage = {
  'no-digit': 'The order has no decimal digit, so it is neither even nor odd.',
  refused:
    'Kafka refuses the drink of this order: its key and headers are too large, or its timestamp is not allowed.',
} as const;

export type BadOrderReason = keyof typeof badOrderMessage;
