import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { root } from './project.js';

const executablePath = process.env['AGENTFLOW_TEST_CHROMIUM'] ?? '/usr/bin/chromium';

export const hasChromium = existsSync(executablePath);

/** For what a page comes to show: a browser may be slow. */
export const patient = { timeout: 15_000, interval: 50 };

/** Kept for whoever wants to see what a test has seen; git does not. */
const artefacts = join(root, 'test-artifacts/playground');

export interface OpenOptions {
  readonly path?: string;
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
}

/** The playground in a browser, and what somebody does with it. */
export interface OpenPlayground {
  readonly page: Page;
  /** Every request so far: `GET /v1/threads`. */
  readonly asked: readonly string[];
  /** What the browser has complained about: nothing may be left at the end of a test. */
  readonly complaints: string[];
  readonly signInWithToken: (token: string) => Promise<void>;
  readonly say: (text: string) => Promise<void>;
  /** The refusals that are shown. */
  readonly refusals: () => Locator;
  readonly permission: (name: string) => Locator;
  readonly threads: () => Locator;
  readonly keep: (name: string) => Promise<void>;
}

/**
 * Opens playgrounds for the tests of the block it is called in. After each test it looks that none of them has asked another origin for
 * anything, broken its own policy, thrown, or kept anything in the browser.
 */
export function playgrounds(server: { readonly url: string }): {
  readonly open: (options?: OpenOptions) => Promise<OpenPlayground>;
} {
  let browser: Browser | undefined;
  const opened: { readonly page: Page; readonly urls: string[]; readonly complaints: string[] }[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    mkdirSync(artefacts, { recursive: true });
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const { page, urls, complaints } of opened.splice(0)) {
      const foreign = urls.filter((url) => !url.startsWith(`${server.url}/`) && !url.startsWith('data:'));
      const kept = await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]');
      await page.context().close();
      expect({ foreign, complaints, kept }).toEqual({ foreign: [], complaints: [], kept: [0, 0, ''] });
    }
  });
  return {
    async open({ path = '/playground', width = 1360, height = 860, scheme = 'light' }: OpenOptions = {}) {
      if (browser === undefined) throw new Error('there is no browser yet: open it from within a test');
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
      const page = await context.newPage();
      const urls: string[] = [];
      const asked: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => {
        urls.push(request.url());
        if (!request.url().startsWith('data:')) asked.push(`${request.method()} ${new URL(request.url()).pathname}`);
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        // Chromium itself says of every refusal that it is one.
        if (!/^Failed to load resource/.test(message.text())) complaints.push(message.text());
      });
      opened.push({ page, urls, complaints });
      await page.goto(`${server.url}${path}`);
      return describePage(page, asked, complaints);
    },
  };
}

function describePage(page: Page, asked: readonly string[], complaints: string[]): OpenPlayground {
  return {
    page,
    asked,
    complaints,
    async signInWithToken(token) {
      await page.getByLabel('Token', { exact: true }).fill(token);
      await page.getByRole('button', { name: 'Connect' }).click();
    },
    async say(text) {
      await page.getByLabel('Message', { exact: true }).fill(text);
      await page.keyboard.press('Enter');
    },
    refusals: () => page.getByRole('alert'),
    permission: (name) => page.locator(`[data-permission="${name}"]`),
    threads: () => page.locator('.threads .open'),
    async keep(name) {
      await page.screenshot({ path: join(artefacts, `${name}.png`) });
    },
  };
}
