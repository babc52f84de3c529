/** Grafana's JSON of a dashboard, as Grafana 10 and later import it. */
import type { Dashboard, Panel, Row } from './model.ts';

type Json = Readonly<Record<string, unknown>>;

/** Which Prometheus, the viewer chooses. */
const datasource = { type: 'prometheus', uid: '${datasource}' };
const columns = 24;
const heights = { stat: 4, timeseries: 8, table: 8 } as const;
/** Columns of a panel; numbers are narrow. */
const widths = { stat: 4, timeseries: 8, table: 8 } as const;

export function toGrafana(dashboard: Dashboard): Json {
  const { uid, title, description, variables } = dashboard;
  return {
    uid,
    title,
    description,
    tags: ['barista'],
    schemaVersion: 39,
    editable: false,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
        ...variables.map(({ name, label, query }) => ({
          name,
          label,
          type: 'query',
          datasource,
          query: { query, refId: name },
          refresh: 2,
          sort: 1,
        })),
      ],
    },
    panels: placed(dashboard.rows),
  };
}

/** Each row's panels from left to right, below those of the row before. */
function placed(rows: readonly Row[]): Json[] {
  const panels: Json[] = [];
  let y = 0;
  for (const { title, panels: mine } of rows) {
    panels.push({ id: panels.length + 1, type: 'row', title, gridPos: { x: 0, y, w: columns, h: 1 } });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of mine) {
      const [w, h] = [widths[panel.kind], heights[panel.kind]];
      if (x + w > columns) {
        y += height;
        x = 0;
        height = 0;
      }
      panels.push({ id: panels.length + 1, ...toPanel(panel), gridPos: { x, y, w, h } });
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
  return panels;
}

function toPanel({ title, description, kind, unit, queries, stacked }: Panel): Json {
  const custom = stacked === true ? { stacking: { mode: 'normal' }, fillOpacity: 30 } : {};
  const isNow = kind !== 'timeseries';
  return {
    type: kind,
    title,
    description,
    datasource,
    fieldConfig: { defaults: { unit, min: 0, custom }, overrides: [] },
    ...(kind === 'table' ? { transformations: [{ id: 'labelsToFields' }, { id: 'merge' }] } : {}),
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource,
      expr,
      legendFormat: legend,
      ...(isNow ? { instant: true, range: false } : {}),
      ...(kind === 'table' ? { format: 'table' } : {}),
    })),
  };
}
