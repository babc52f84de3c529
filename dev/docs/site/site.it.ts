/** The site as a browser shows it, on a wide and a narrow screen; and that the looking finds what it is there for. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium, type BrowserContext } from 'playwright-core';
import { unlessOurs } from '../../e2e/harness.ts';
import { buildSite, siteFolder } from './build.ts';
import { listen, look, patience, type Looked } from './look.ts';
import { pagesIn } from './navigation.ts';
import { serve, type Served } from './serve.ts';

const docs = new URL('../../../docs', import.meta.url).pathname;
const screens = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } } as const;
const pages = pagesIn(docs).map((page) => `/${page}.html`);

const CHROMIUM = '/usr/bin/chromium';
/** It is installed with the stack; who brings a cluster along may have none. */
const skip = existsSync(CHROMIUM) ? false : unlessOurs('needs the Chromium that comes with the stack:');

/** Debian's Chromium. As root it runs without a sandbox only; it is shown nothing but our own pages. */
async function open(): Promise<BrowserContext> {
  const options = { executablePath: CHROMIUM, chromiumSandbox: false, timeout: patience };
  const context = await (await chromium.launch(options)).newContext();
  context.setDefaultTimeout(patience);
  return context;
}

describe('the site', { skip }, () => {
  let browser: BrowserContext;
  let site: Served;
  const seen = new Map<string, Looked>();

  before(async () => {
    await buildSite();
    site = await serve(siteFolder);
    browser = await open();
  });
  after(async () => {
    await browser.browser()?.close();
    await site.stop();
  });

  for (const page of pages)
    test(`${page} is well on a wide and on a narrow screen`, async () => {
      const looked = await look(page, { browser, site: site.url, screens: Object.values(screens) });
      seen.set(page, looked);
      assert.deepEqual(looked.problems, []);
    });

  test('has what its links name', () => {
    const missing = [...seen].flatMap(([page, { links }]) =>
      links
        .filter((link) => !link.startsWith('/files/'))
        .filter((link) => {
          const [path = '', anchor] = link.split('#', 2);
          const ids = seen.get(path === '/' ? '/index.html' : path)?.ids;
          return ids === undefined || (anchor !== undefined && !ids.includes(decodeURIComponent(anchor)));
        })
        .map((link) => `${page}: ${link}`),
    );
    assert.deepEqual(missing, []);
    assert.ok([...seen.values()].some(({ links }) => links.some((link) => link.startsWith('/files/'))));
  });

  test('has the files of the repository that its links name', async () => {
    const files = new Set(
      [...seen.values()].flatMap(({ links }) => links.filter((it) => it.startsWith('/files/'))),
    );
    for (const file of files) assert.equal((await fetch(site.url + file)).status, 200, file);
  });

  for (const [name, screen] of Object.entries(screens))
    test(`finds what is searched for, on a ${name} screen`, async () => {
      const page = await browser.newPage();
      await page.setViewportSize(screen);
      const problems = listen(page, site.url);
      await page.goto(`${site.url}/`, { waitUntil: 'networkidle' });
      await page.locator('.VPNavBarSearchButton, #local-search button').first().click();
      await page.locator('.VPLocalSearchBox input').fill('CrashLoopBackOff');
      const found = page.locator('.VPLocalSearchBox .result').first();
      await found.waitFor();
      assert.match((await found.getAttribute('href')) ?? '', /^\/reasons\.html/);
      await found.click();
      await page.locator('h1', { hasText: 'Reasons' }).waitFor();
      assert.deepEqual(problems, []);
      await page.close();
    });
});

describe('the looking', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'site-'));
  let browser: BrowserContext;
  let site: Served;
  before(async () => {
    site = await serve(folder);
    browser = await open();
  });
  after(async () => {
    await browser.browser()?.close();
    await site.stop();
    rmSync(folder, { recursive: true });
  });
  const cases: readonly [what: string, html: string, problem: RegExp | undefined][] = [
    ['nothing wrong with a plain page', '<p>Well.</p>', undefined],
    ['what is too wide', '<p style="width: 900px">Wide.</p>', /wider than the screen \(390 px\): p Wide/],
    [
      'nothing wrong with what scrolls',
      '<div style="overflow-x: auto"><p style="width: 900px">W</p></div>',
      undefined,
    ],
    ['a picture that does not load', '<img src="data:image/png;base64,AAAA">', /a picture does not load/],
    ['a picture that is not there', '<img src="/gone.png">', /gone\.png is answered with 404/],
    [
      'another host',
      '<img src="http://127.0.0.2:9/x.png">',
      /another host is asked: http:\/\/127\.0\.0\.2:9/,
    ],
    ['a script that fails', '<script>throw new Error("no")</script>', /a script fails: no/],
  ];
  for (const [what, html, problem] of cases)
    test(`finds ${what}`, async () => {
      writeFileSync(
        join(folder, 'index.html'),
        `<!doctype html><link rel="icon" href="data:,"><div class="vp-doc">${html}</div>`,
      );
      const { problems } = await look('/', { browser, site: site.url, screens: [screens.narrow] });
      if (problem === undefined) assert.deepEqual(problems, []);
      else assert.match(problems.join('\n'), problem);
    });
});
