import { gunzipSync } from 'node:zlib'
import type { ServedRoute } from '../served-route.ts'
import { page } from './system-pages.ts'

const programPath = '/reference/openapi-explorer.js'
const stylePath = '/reference/page.css'

/**
 * What the page may load and do: its own program and style, and requests to this very server.
 *
 * Styles inside the page's elements are written by the program itself.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const pageHeaders = [
  'content-security-policy',
  policy,
  'referrer-policy',
  'no-referrer',
  'x-frame-options',
  'DENY',
]

/** The interactive reference: a page that reads `/openapi.json` and can try each operation, without the internet. */
export function referencePages(systemName: string): readonly ServedRoute[] {
  let program: string | undefined
  return [
    page('/reference', async () => ({
      status: 200,
      contentType: 'text/html; charset=utf-8',
      body: renderPage(systemName),
      headers: pageHeaders,
    })),
    page(stylePath, async () => ({
      status: 200,
      contentType: 'text/css; charset=utf-8',
      body: style,
    })),
    page(programPath, async () => {
      program ??= await loadProgram()
      return { status: 200, contentType: 'text/javascript; charset=utf-8', body: program }
    }),
  ]
}

/** The program is large: it is loaded when somebody looks at the page. */
async function loadProgram(): Promise<string> {
  const { referenceBundle } = await import('./reference-bundle.gen.ts')
  return gunzipSync(Buffer.from(referenceBundle, 'base64')).toString()
}

/** The name of a system holds nothing that HTML would read. */
function renderPage(systemName: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${systemName}: reference</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${stylePath}">
    <script type="module" src="${programPath}"></script>
  </head>
  <body>
    <openapi-explorer
      spec-url="/openapi.json"
      server-url="/"
      hide-server-selection
      hide-authentication
      hide-console-info
      use-path-in-nav-bar
      nav-bg-color="#f5f5f2"
      nav-text-color="#3d3d38"
      nav-hover-text-color="#1d6b4f"
      nav-accent-color="#1d6b4f"
      primary-color="#1d6b4f"
      secondary-color="#3d3d38"
      text-color="#2a2a26"
      bg-color="#ffffff"
    ></openapi-explorer>
  </body>
</html>
`
}

const style = `html, body { margin: 0; height: 100%; background: #fff; }
openapi-explorer { font-family: system-ui, sans-serif; --font-regular: system-ui, sans-serif; }
`
