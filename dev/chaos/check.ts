/** Whether what came of the orders is what had to come of them: pure, and without the worker's own rule. */
import type { Delivery } from '../../app/config/config.ts';

/** A record as kcat shows it. */
export interface Seen {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  /** By turns name and value. */
  readonly headers: readonly string[];
  readonly timestamp: number;
}

export interface Everything {
  readonly delivery: Delivery;
  readonly orders: readonly Seen[];
  readonly hot: readonly Seen[];
  readonly cold: readonly Seen[];
  readonly dead: readonly Seen[];
}

export interface Verdict {
  readonly violations: readonly string[];
  /** Drinks and dead letters that came more than once. */
  readonly duplicates: number;
}

type Place = 'hot' | 'cold' | 'dead';

const drinkOf = { hot: 'Serve Hot drink', cold: 'Serve Cold drink' } as const;

function placeOf({ value }: Seen): Place | undefined {
  if (value === null) return undefined;
  const digit = /(\d)\D*$/.exec(value)?.[1];
  if (digit === undefined) return 'dead';
  return Number(digit) % 2 === 0 ? 'hot' : 'cold';
}

function idOf({ headers }: Seen): string {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name === 'id');
  return headers[at + 1] ?? '?';
}

/** What is wrong with one that came of an order, as far as it says itself. */
function differences(place: Place, order: Seen, found: Seen): string[] {
  const value = place === 'dead' ? order.value : drinkOf[place];
  // Of a dead letter more headers say why it is one.
  const headers = place === 'dead' ? found.headers.slice(0, order.headers.length) : found.headers;
  return [
    found.key === order.key ? '' : `the key is ${found.key}`,
    found.value === value ? '' : `the value is ${found.value}`,
    found.timestamp === order.timestamp ? '' : `the timestamp is ${found.timestamp}`,
    headers.join('\n') === order.headers.join('\n') ? '' : `the headers are ${headers.join()}`,
  ].filter((each) => each !== '');
}

function byId(records: readonly Seen[]): Map<string, Seen[]> {
  return Map.groupBy(records, idOf);
}

/** Of each key, what came first of each order has to be in the order of the orders. */
function disorder(
  place: Place,
  found: readonly Seen[],
  orders: ReadonlyMap<string, readonly Seen[]>,
): string[] {
  const last = new Map<string, number>();
  const seen = new Set<string>();
  return found.flatMap((record) => {
    const id = idOf(record);
    const order = orders.get(id)?.[0];
    if (record.key === null || order === undefined || seen.has(id)) return [];
    seen.add(id);
    const before = last.get(record.key) ?? -1;
    last.set(record.key, Math.max(before, order.offset));
    return order.offset > before ? [] : [`${place}: order ${id} of ${record.key} came after a later one`];
  });
}

interface PlaceOf {
  readonly place: Place;
  readonly found: readonly Seen[];
  readonly given: ReadonlyMap<string, readonly Seen[]>;
}

/** What should not be there, or not as it is. */
function wrongOnes({ place, found, given }: PlaceOf): string[] {
  return found.flatMap((record) => {
    const id = idOf(record);
    const order = given.get(id)?.[0];
    const right = order === undefined ? undefined : placeOf(order);
    if (order === undefined || right !== place)
      return [`${place}: one of order ${id}, which belongs to ${right ?? 'nobody'}`];
    return differences(place, order, record).map((difference) => `${place}: of order ${id}, ${difference}`);
  });
}

/** How many of each order that belongs there are missing, or too many when it is negative. */
function missing({ place, found, given }: PlaceOf): { readonly id: string; readonly count: number }[] {
  const counts = byId(found);
  return [...given].flatMap(([id, same]) =>
    same[0] !== undefined && placeOf(same[0]) === place
      ? [{ id, count: same.length - (counts.get(id)?.length ?? 0) }]
      : [],
  );
}

const where = ({ partition, offset }: Seen): string => `${partition}@${offset}`;

/** Those that came more often than they were given, with all places of each. */
function repeated(
  place: Place,
  found: readonly Seen[],
  given: ReadonlyMap<string, readonly Seen[]>,
): string[] {
  return [...byId(found)].flatMap(([id, records]) => {
    const orders = given.get(id) ?? [];
    if (records.length <= orders.length) return [];
    return [`order ${id}, ${orders.map(where).join(' ')}, is ${place} ${records.map(where).join(' ')}`];
  });
}

export function check({ delivery, orders, ...places }: Everything): Verdict {
  const given = byId(orders);
  const violations: string[] = [];
  let duplicates = 0;
  for (const place of ['hot', 'cold', 'dead'] as const) {
    const all = { place, found: places[place], given };
    const gaps = missing(all);
    const lost = gaps.filter(({ count }) => count > 0);
    violations.push(...wrongOnes(all), ...disorder(place, all.found, given));
    violations.push(...lost.map(({ id, count }) => `${place}: ${count} of order ${id} lost`));
    duplicates += gaps.reduce((sum, { count }) => sum + Math.max(0, -count), 0);
  }
  if (delivery === 'ExactlyOnce' && duplicates > 0) {
    const twice = (['hot', 'cold', 'dead'] as const).flatMap((place) =>
      repeated(place, places[place], given),
    );
    violations.push(
      `${duplicates} came more than once, exactly once was asked for: ${twice.slice(0, 5).join('; ')}`,
    );
  }
  return { violations, duplicates };
}
