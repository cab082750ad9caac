// Compiles the islands into the default theme. The result is committed, so that the Go build needs no Node;
// "node build.mjs --verify" fails when the committed file is not what the source gives.
import { build } from 'esbuild'
import { readFile, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'

const islands = [{ source: 'islands/a11y/main.ts', target: 'themes/default/assets/a11y.js', budget: 15 * 1024 }]
const root = new URL('.', import.meta.url)
const verify = process.argv.includes('--verify')

for (const { source, target, budget } of islands) {
  const result = await build({
    absWorkingDir: root.pathname,
    entryPoints: [source],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    charset: 'utf8',
    legalComments: 'none',
    target: ['chrome80', 'firefox78', 'safari14.1'],
  })
  const bytes = Buffer.from(result.outputFiles[0].contents)
  const packed = gzipSync(bytes, { level: 9 }).length
  if (packed > budget) throw new Error(`${target}: ${packed} bytes compressed, budget ${budget}`)
  if (verify) {
    const committed = await readFile(new URL(target, root))
    if (!committed.equals(bytes)) throw new Error(`${target} is not what ${source} gives: run "make web" and commit it`)
    console.log(`${target}: as committed (${packed} bytes compressed)`)
  } else {
    await writeFile(new URL(target, root), bytes)
    console.log(`${target}: ${bytes.length} bytes, ${packed} compressed`)
  }
}
