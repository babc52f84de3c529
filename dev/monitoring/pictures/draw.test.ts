import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { filled, named } from '../dashboards/fill.ts';
import type { Dashboard, Panel } from '../dashboards/model.ts';
import { draw, placed, type Line } from './draw.ts';
import { inWords, roundUp } from './scale.ts';

const panel = (more: Partial<Panel> = {}): Panel => ({
  title: 'Drinks',
  description: '',
  kind: 'timeseries',
  unit: 'ops',
  queries: [],
  ...more,
});
const line = (name: string, ...values: readonly number[]): Line => ({
  name,
  points: values.map((value, index) => [index * 10, value] as const),
});
function svgOf(panels: readonly Panel[], lines: readonly Line[]): string {
  const dashboard: Dashboard = {
    uid: 'd',
    title: 'Bar <1>',
    description: '',
    variables: [],
    rows: [{ title: 'Row', panels }],
  };
  return draw(dashboard, { from: 0, to: 20, linesOf: () => lines });
}
/** The points of each line that is drawn, in pixels. */
function curvesOf(svg: string): [number, number][][] {
  return [...svg.matchAll(/<path d="([^"]*)"/g)].map(([, path = '']) =>
    [...path.matchAll(/([\d.]+),([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]),
  );
}

describe('the picture of a dashboard', () => {
  test('has titles, legends with the last value, and nothing that is taken for a tag', () => {
    const svg = svgOf([panel()], [line('hot', 1, 2), line('<cold>', 3, Number.NaN)]);
    for (const words of [
      'Bar &lt;1&gt;',
      'Row',
      'Drinks',
      'hot',
      '&lt;cold&gt;',
      '>2/s<',
      '>3/s<',
      '0 min ago',
    ])
      assert.ok(svg.includes(words), words);
  });

  test('draws a line from left to right, higher where there is more', () => {
    const [[a, b, c] = []] = curvesOf(svgOf([panel()], [line('hot', 0, 1, 2)]));
    assert.ok(a![0] < b![0] && b![0] < c![0]);
    assert.ok(a![1] > b![1] && b![1] > c![1]);
  });

  test('leaves a gap where there is no number', () => {
    const svg = svgOf([panel()], [line('hot', 1, Number.NaN, 2)]);
    assert.match(svg, /<path d="M[\d.,]+M[\d.,]+"/);
    assert.ok(!svg.includes('NaN'));
  });

  test('puts lines on top of each other that add up', () => {
    const [high = [], low = []] = curvesOf(
      svgOf([panel({ stacked: true })], [line('hot', 2, 2), line('cold', 2, 2)]),
    );
    assert.ok(high[0]![1] < low[0]![1]);
  });

  test('counts the lines that it does not name', () => {
    const svg = svgOf(
      [panel()],
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => line(name, 1)),
    );
    assert.ok(svg.includes('and 2 more'));
  });

  test('names the largest first, when it does not name all', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const svg = svgOf(
      [panel()],
      names.map((name, index) => line(name, index)),
    );
    assert.ok(svg.includes('>f<') && !svg.includes('>a<'));
  });

  test('tells in numbers and tables only of what is there at the end', () => {
    const gone: Line = { name: 'gone', points: [[5, 1]] };
    const svg = svgOf([panel({ kind: 'table' })], [gone, line('here', 1, 1, 1)]);
    assert.ok(svg.includes('here') && !svg.includes('gone'));
  });

  test('shows a number, and a dash for none', () => {
    assert.match(
      svgOf([panel({ kind: 'stat', unit: 'short' })], [line('x', 1, 1, 1234)]),
      /number"[^>]*>1,230</,
    );
    assert.match(svgOf([panel({ kind: 'stat' })], []), /number"[^>]*>–</);
  });

  test('puts no panel on another, and none beyond the edge', () => {
    const panels = [...Array<undefined>(7)].map(() => panel());
    const boxes = placed(panels, 100).map(({ box }) => box);
    for (const [index, a] of boxes.entries())
      for (const b of boxes.slice(index + 1))
        assert.ok(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y);
    assert.ok(boxes.every(({ x, width }) => x + width <= 1200));
  });
});

test('numbers are rounded and have their unit', () => {
  assert.deepEqual([0, 0.07, 1, 4.2, 130].map(roundUp), [1, 0.1, 1, 5, 200]);
  const cases = [
    [0.00042, 's', '420 µs'],
    [0.042, 's', '42 ms'],
    [0, 's', '0 s'],
    [150e6, 'bytes', '150 MB'],
    [0.031, 'percentunit', '3.1 %'],
    [1, 'bool_yes_no', 'yes'],
    [1.9999, 'ops', '2/s'],
  ] as const;
  for (const [value, unit, words] of cases) assert.equal(inWords(value, unit), words);
});

test('queries and legends are filled in', () => {
  const expr = 'rate(x{stream="$stream"}[$__rate_interval]) + increase(y[$__range])';
  assert.equal(filled(expr, { stream: 's', range: '5m' }), 'rate(x{stream="s"}[30s]) + increase(y[5m])');
  assert.equal(named('{{a}} of {{b}}', { a: '1' }), '1 of');
});
