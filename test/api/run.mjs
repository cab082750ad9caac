// The API driven by a client that is not ours: the document of the real program is checked by a third-party validator, a
// client is generated from it by a third-party generator, and the main job of the platform is done with that client.
//
//   node run.mjs             builds the program; GUIYI=path uses a built one
//
// Nothing here knows a path of the API: job.ts sees what the generator made of the document.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createClient } from '@hey-api/openapi-ts'
import { Validator } from '@seriousme/openapi-schema-validator'
import { build } from 'esbuild'

const here = new URL('.', import.meta.url).pathname
const repository = join(here, '../..')
const generated = join(here, 'node_modules/.generated')
const run = promisify(execFile)

const data = await mkdtemp(join(tmpdir(), 'guiyi-api-'))
let platform

try {
  const program = process.env.GUIYI ?? join(data, 'guiyi')
  if (!process.env.GUIYI) await run('go', ['build', '-o', program, './cmd/guiyi'], { cwd: repository })
  const [publicAt, studioAt] = await Promise.all([free(), free()])
  const env = { ...process.env, GUIYI_DATA_DIR: join(data, 'data'), GUIYI_PUBLIC_LISTEN: publicAt, GUIYI_STUDIO_LISTEN: studioAt }
  const { stdout } = await run(program, ['token', 'create', '自动测试', '--permission', 'all', '--all-sites'], { env })
  const secret = stdout.trim()

  const start = async () => {
    platform = spawn(program, ['serve'], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    await ready(`http://${studioAt}/readyz`)
  }
  const kill = async () => {
    platform.kill('SIGKILL')
    await once(platform, 'exit')
  }
  env.GUIYI_LOG_LEVEL = 'error'
  await start()

  const text = await (await fetch(`http://${studioAt}/api/v1/openapi.json`)).text()
  for (const name of ['openapi.json', 'openapi.yaml']) {
    const body = name.endsWith('json') ? text : await (await fetch(`http://${studioAt}/api/v1/${name}`)).text()
    const validator = new Validator()
    const { valid, errors } = await validator.validate(body)
    if (!valid || validator.version !== '3.1') throw new Error(`${name} is no OpenAPI 3.1 document: ${JSON.stringify(errors, null, 1)}`)
  }
  // The validator can say no.
  const broken = JSON.parse(text)
  delete broken.info.title
  if ((await new Validator().validate(broken)).valid) throw new Error('the validator takes a document without a title')

  await rm(generated, { recursive: true, force: true })
  const file = join(data, 'openapi.json')
  await writeFile(file, text)
  await createClient({ input: file, output: { path: generated }, plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'], logs: { level: 'silent', file: false } })
  await run(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), '-p', here], { cwd: here }).catch((e) => {
    throw new Error(`the generated client does not fit the job:\n${e.stdout}`)
  })
  await build({ entryPoints: [join(here, 'job.ts')], outfile: join(generated, 'job.mjs'), bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'error' })
  const { job } = await import(join(generated, 'job.mjs'))
  await job({ studio: `http://${studioAt}`, edge: publicAt, secret, restart: async () => { await kill(); await start() } })
  console.log('api: the main job was done by a generated client')
} finally {
  if (platform && platform.exitCode === null && platform.signalCode === null) {
    platform.kill('SIGTERM')
    await once(platform, 'exit')
  }
  await rm(data, { recursive: true, force: true })
}

async function free() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const at = `127.0.0.1:${server.address().port}`
  server.close()
  await once(server, 'close')
  return at
}

async function ready(url) {
  for (let i = 0; i < 1200; i++) {
    if (platform.exitCode !== null) throw new Error(`the platform ended with ${platform.exitCode}`)
    try {
      if ((await fetch(url)).ok) return
    } catch {} // not up yet
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error('the platform is not ready after two minutes')
}
