// Chromium, four ways: native modules, an esbuild bundle, a Vite bundle, and a web worker. Every page has a content
// security policy that forbids eval and allows WebAssembly only.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { bundle } from '../bundle.mjs';

const TIMEOUT_MS = 60_000;
const NONCE = 'ashlar';
const CHROMIUM =
  process.env.ASHLAR_CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

const VARIANTS = {
  'chromium esm': writeNative,
  'chromium esbuild': writeEsbuild,
  'chromium vite': writeVite,
  'chromium worker': writeWorker,
};

export async function* browser(project, wanted) {
  const names = Object.keys(VARIANTS).filter(wanted);
  if (names.length === 0) return;
  if (CHROMIUM === undefined) {
    for (const runtime of names) yield { runtime, missing: 'no /usr/bin/chromium (or ASHLAR_CHROMIUM)' };
    return;
  }
  const site = join(project, 'site');
  const userData = mkdtempSync(join(tmpdir(), 'ashlar-chromium-'));
  const server = await serve(site, project);
  let context;
  try {
    const { chromium } = await import('playwright-core');
    context = await chromium.launchPersistentContext(userData, { executablePath: CHROMIUM, args: FLAGS });
    const version = context.browser()?.version() ?? (await versionFromPage(context));
    for (const runtime of names)
      yield { runtime, version, ...(await runVariant(context, server, site, project, runtime)) };
  } catch (error) {
    yield { runtime: 'chromium', error: error.stack };
  } finally {
    await context?.close();
    server.close();
    server.closeAllConnections();
    rmSync(userData, { recursive: true, force: true });
  }
}

async function runVariant(context, server, site, project, runtime) {
  const folder = runtime.replace('chromium ', '');
  const page = await context.newPage();
  const messages = [];
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(String(error)));
  try {
    mkdirSync(join(site, folder), { recursive: true });
    await VARIANTS[runtime](join(site, folder), project);
    await page.goto(`http://127.0.0.1:${server.address().port}/${folder}/index.html`, { timeout: TIMEOUT_MS });
    const deadline = Date.now() + TIMEOUT_MS;
    while (Date.now() < deadline) {
      const report = await page.evaluate('globalThis.report');
      if (report !== undefined) return { report: JSON.parse(report) };
      await new Promise((done) => setTimeout(done, 50));
    }
    return { error: `no report in ${TIMEOUT_MS} ms. ${messages.join('\n')}` };
  } catch (error) {
    return { error: `${error.stack}\n${messages.join('\n')}` };
  } finally {
    await page.close();
  }
}

async function versionFromPage(context) {
  const agent = await context.pages()[0].evaluate('navigator.userAgent');
  return /Chrome\/([\d.]+)/.exec(agent)?.[1] ?? '';
}

/** The package's files as they are, found by an import map. */
function writeNative(folder, project) {
  const { exports } = JSON.parse(readFileSync(join(project, 'node_modules/ashlar/package.json'), 'utf8'));
  const imports = {};
  for (const [path, target] of Object.entries(exports)) {
    if (target.default !== undefined)
      imports[path.replace(/^\./, 'ashlar')] = target.default.replace(/^\./, '/package');
  }
  const map = `<script type="importmap" nonce="${NONCE}">${JSON.stringify({ imports })}</script>`;
  writePage(folder, '/project/entries/page.js', map);
}

async function writeEsbuild(folder, project) {
  await bundleTo(folder, { page: join(project, 'entries/page.js') });
  writePage(folder, './page.js');
}

async function writeWorker(folder, project) {
  await bundleTo(folder, {
    page: join(project, 'entries/page-with-worker.js'),
    'web-worker': join(project, 'entries/web-worker.js'),
  });
  writePage(folder, './page.js');
}

async function writeVite(folder, project) {
  const { build } = await import('vite');
  const source = join(project, 'vite');
  mkdirSync(source, { recursive: true });
  writePage(source, '../entries/page.js');
  await build({
    root: source,
    base: './',
    configFile: false,
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, target: 'es2022', modulePreload: false },
  });
}

function bundleTo(outdir, entryPoints) {
  return bundle({ entryPoints, outdir, minify: true });
}

function writePage(folder, script, head = '') {
  const html = `<!doctype html><meta charset="utf-8"><title>ashlar</title>${head}<script type="module" src="${script}"></script>`;
  writeFileSync(join(folder, 'index.html'), html);
}

/** A static server on loopback: the site, the installed package under /package, the project under /project. */
async function serve(site, project) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    const file = path.startsWith('/package/')
      ? join(project, 'node_modules/ashlar', path.slice('/package'.length))
      : path.startsWith('/project/')
        ? join(project, path.slice('/project'.length))
        : join(site, path);
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': `default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'nonce-${NONCE}'`,
    });
    response.end(readFileSync(file));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return server;
}
