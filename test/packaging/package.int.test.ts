import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { publint } from 'publint'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')

interface Manifest {
  readonly name: string
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}
interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest

/** Builds and packs into `folder`, and gives what went into the tarball. */
async function pack(folder: string): Promise<Packed> {
  const [tsc, build] = [join(root, 'node_modules/.bin/tsc'), join(root, 'tsconfig.build.json')]
  await run(process.execPath, [tsc, '-p', build, '--outDir', join(folder, 'dist')], { cwd: root })
  for (const file of ['package.json', 'LICENSE', 'NOTICE']) {
    cpSync(join(root, file), join(folder, file), { force: true })
  }
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--offline'], {
    cwd: folder,
  })
  const output: unknown = JSON.parse(stdout)
  const [packed] = Object.values(output as readonly Packed[])
  assert.ok(packed)
  return packed
}

/** Installs the tarball as a user would, with the dependencies of this repository, those that are a
 * technology's client too, and without a network. */
async function install(tarball: string, app: string): Promise<void> {
  const home = join(app, 'node_modules', manifest.name)
  mkdirSync(home, { recursive: true })
  await run('tar', ['-xzf', tarball, '-C', home, '--strip-components=1'])
  const names = { ...manifest.dependencies, ...manifest.peerDependencies }
  for (const name of Object.keys(names)) {
    const link = join(app, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), link)
  }
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }')
}

describe('the package, as it is published', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dure-package-'))
  const app = mkdtempSync(join(tmpdir(), 'dure-app-'))
  let packed: Packed

  before(async () => {
    packed = await pack(folder)
    await install(join(folder, packed.filename), app)
  })
  after(() => {
    rmSync(folder, { recursive: true })
    rmSync(app, { recursive: true })
  })

  it('holds the build and its papers, and neither tests nor sources', () => {
    const paths = packed.files.map(({ path }) => path)

    assert.ok(paths.length > 20)
    for (const path of ['dist/index.js', 'dist/index.d.ts', 'NOTICE', 'LICENSE']) {
      assert.ok(paths.includes(path), `${path} is missing`)
    }
    assert.deepEqual(
      paths.filter((path) => /\.test(?:-d)?\./.test(path) || /^(?:src|test)\//.test(path)),
      [],
    )
  })

  it('is imported by plain Node, each entry of it', async () => {
    const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'))
    assert.ok(entries.length > 5)
    const names = entries.map((entry) => entry.replace('.', manifest.name))
    const program = names
      .map((name) => `if (Object.keys(await import('${name}')).length === 0) throw '${name}'`)
      .join('\n')
    writeFileSync(join(app, 'main.mjs'), program)

    await run(process.execPath, ['main.mjs'], { cwd: app, env: plainEnvironment() })
  })

  it('brings every command that it names', () => {
    const paths = packed.files.map(({ path }) => path)

    for (const file of Object.values(manifest.bin)) {
      assert.ok(paths.includes(file.replace('./', '')), `${file} is missing`)
    }
  })

  it('is understood by the tools that read packages', async () => {
    const { messages } = await publint({ pkgDir: join(app, 'node_modules', manifest.name) })

    // The condition under which this repository runs its sources leads nowhere in a package without sources.
    const foreseen = messages.filter(({ path }) => path.includes('dure-source'))
    const faults = messages.filter(({ type }) => type !== 'suggestion')
    assert.deepEqual(
      faults.filter((each) => !foreseen.includes(each)),
      [],
    )
  })
})

/** Without the flags under which this repository runs its sources. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined }
}
