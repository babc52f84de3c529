/** What is wrong with a page of the site, as a browser shows it. */
import type { BrowserContext, Page } from 'playwright-core';

export interface Looked {
  /** Each a sentence; none when all is well. */
  readonly problems: readonly string[];
  /** Where the page's links lead on the site, with their anchors. */
  readonly links: readonly string[];
  /** The ids that a link may name. */
  readonly ids: readonly string[];
}

interface Shown extends Omit<Looked, 'problems'> {
  readonly wide: readonly string[];
  readonly broken: readonly string[];
  readonly pictures: number;
}

/** Runs in the page: there is no DOM in our types. What scrolls by itself may be wider than the screen. */
const whatIsShown = `(async () => {
  const pictures = [...document.images];
  await Promise.all(pictures.map((it) => it.complete || new Promise((done) => { it.onload = it.onerror = done; })));
  const scrolls = (it) => it !== null && (/auto|scroll|hidden|clip/.test(getComputedStyle(it).overflowX) || scrolls(it.parentElement));
  const isWide = (it) => it.getBoundingClientRect().right > innerWidth + 1 && it.getBoundingClientRect().width > 0;
  const told = (it) => it.tagName.toLowerCase() + ' ' + it.textContent.trim().slice(0, 60);
  const wide = [...document.querySelectorAll('.vp-doc *')].filter((it) => isWide(it) && !scrolls(it.parentElement)).map(told);
  if (document.documentElement.scrollWidth > innerWidth) wide.push('the page, ' + document.documentElement.scrollWidth + ' px');
  return {
    wide: wide.slice(0, 5),
    broken: pictures.filter((it) => it.naturalWidth === 0).map((it) => it.src),
    pictures: pictures.length,
    links: [...document.querySelectorAll('.vp-doc a[href]')].map((it) => it.href).filter((href) => href.startsWith(location.origin)),
    ids: [...document.querySelectorAll('[id]')].map((it) => it.id),
  };
})()`;

export interface Screen {
  readonly width: number;
  readonly height: number;
}

export interface Where {
  readonly browser: BrowserContext;
  /** Where the site is, `http://127.0.0.1:…`: nothing else may be asked. */
  readonly site: string;
  readonly screens: readonly Screen[];
}

/** Milliseconds, on a machine that is busy with other things. */
export const patience = 120_000;

/** Opens an address once and looks at it on each of the screens. */
export async function look(path: string, { browser, site, screens }: Where): Promise<Looked> {
  const page = await browser.newPage();
  try {
    const problems = listen(page, site);
    let looked: Shown | undefined;
    for (const screen of screens) {
      await page.setViewportSize(screen);
      if (looked === undefined) await page.goto(site + path, { waitUntil: 'networkidle' });
      looked = await page.evaluate<Shown>(whatIsShown);
      const on = ` (${screen.width} px)`;
      problems.push(
        ...looked.wide.map((what) => `wider than the screen${on}: ${what}.`),
        ...looked.broken.map((src) => `a picture does not load${on}: ${src}.`),
      );
    }
    const { links = [], ids = [] } = looked ?? {};
    return { problems, links: links.map((link) => link.slice(site.length)), ids };
  } finally {
    await page.close();
  }
}

/** Collects what goes wrong on a page from now on. */
export function listen(page: Page, site: string): string[] {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`the console says: ${message.text()}.`);
  });
  page.on('pageerror', (error) => problems.push(`a script fails: ${error.message}.`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${site}/`) && !url.startsWith('data:') && !url.startsWith('blob:'))
      problems.push(`another host is asked: ${url}.`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.url()} is answered with ${response.status()}.`);
  });
  return problems;
}
