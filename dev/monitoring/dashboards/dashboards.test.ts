import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { dashboards } from './all.ts';
import { dashboardFiles, folder } from './files.ts';
import { toGrafana } from './grafana.ts';

const root = new URL('../../..', import.meta.url).pathname;

interface Placed {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

const overlap = ({ gridPos: a }: Placed, { gridPos: b }: Placed): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

describe('the dashboards', () => {
  it('are up to date in the manifests (else: make docs)', () => {
    const files = dashboardFiles();
    assert.deepEqual(readdirSync(join(root, folder)).sort(), [...files.keys()].sort());
    for (const [name, text] of files)
      assert.equal(readFileSync(join(root, folder, name), 'utf8'), text, name);
  });

  for (const dashboard of dashboards)
    it(`${dashboard.uid}: no panel lies on another, and each says what it tells`, () => {
      const panels = toGrafana(dashboard)['panels'] as Placed[];
      for (const one of panels) {
        assert.ok(one.gridPos.x + one.gridPos.w <= 24, one.title);
        assert.deepEqual(
          panels.filter((other) => other !== one && (overlap(one, other) || one.id === other.id)),
          [],
          one.title,
        );
      }
      const described = dashboard.rows.flatMap(({ panels: mine }) => mine);
      assert.equal(described.length + dashboard.rows.length, panels.length);
      for (const { title, description } of described) assert.match(description, /\.$/, title);
    });
});
