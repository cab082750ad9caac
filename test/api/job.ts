// The main job of the platform, done with the generated client: site, columns, import, item, placement, publish,
// withdraw, rollback; and what goes wrong on the way.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { client } from './node_modules/.generated/client.gen'
import * as api from './node_modules/.generated'

interface World {
  studio: string
  edge: string
  secret: string
  restart: () => Promise<void>
}

const host = 'www.qinghe.gov.cn'

export async function job(world: World) {
  client.setConfig({ baseUrl: world.studio, auth: () => world.secret })
  await site()
  await columns()
  await imports(world)
  const item = await write()
  await publish(world, item)
  await conflict(item.id)
  await rollback(world, item)
  await tokens(world)
}

/** ok returns the data of an answer, and fails with the problem when there is one. */
function ok<T>(answer: { data?: T; error?: unknown; response: Response }): NonNullable<T> {
  assert.ok(answer.response.ok, `${answer.response.status} ${JSON.stringify(answer.error)}`)
  return answer.data as NonNullable<T>
}

/** refused checks that an answer is a problem that says what to do. */
function refused(answer: { error?: unknown; response: Response }, status: number, says: RegExp) {
  const problem = answer.error as api.Problem
  assert.equal(answer.response.status, status, JSON.stringify(problem))
  assert.equal(problem.status, status)
  assert.match(problem.detail, says)
}

/** until asks again until the answer is as wanted. */
async function until<T>(what: string, ask: () => Promise<T>, wanted: (t: T) => boolean): Promise<T> {
  for (let i = 0; i < 1200; i++) {
    const t = await ask()
    if (wanted(t)) return t
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error(`${what}: not after two minutes`)
}

async function site() {
  const body: api.NewSite = {
    code: 'qinghe', name: '清河市人民政府', kind: 'portal', state: 'running', domains: [host],
    dossier: { idcode: '2301990001', sponsor: '清河市人民政府', uscc: '112301990000000195' },
    home: [{ block: 'list', column: 'xwdt/szyw', count: 8 }],
    columns: [{ slug: 'xwdt', name: '新闻动态', kind: 'channel', description: '新闻', children: [{ slug: 'szyw', name: '时政要闻', description: '要闻' }] }],
  }
  const dry = ok(await api.createSite({ body, query: { dry_run: true } }))
  assert.equal(dry.applied, false)
  assert.ok(dry.plan.steps.length > 2)
  refused(await api.getSite({ path: { site: 'qinghe' } }), 404, /没有站点 qinghe/)
  const headers = { 'Idempotency-Key': 'create-qinghe' }
  const made = ok(await api.createSite({ body, headers }))
  const again = await api.createSite({ body, headers })
  assert.deepEqual(ok(again), made)
  assert.equal(again.response.headers.get('Idempotency-Replayed'), 'true')
  refused(await api.createSite({ body: { ...body, name: '别的' }, headers }), 422, /换一个键/)
  refused(await api.createSite({ body }), 409, /已经存在/)
  refused(await api.createSite({ body: { code: '清河', name: '' } }), 422, /body\.code/)
}

async function columns() {
  const made = ok(await api.createColumn({ path: { site: 'qinghe' }, body: { parent: 'xwdt', slug: 'tzgg', name: '通知公告', description: '公告' } }))
  assert.equal(made.path, 'xwdt/tzgg')
  const at = { site: 'qinghe', column: made.id }
  ok(await api.changeColumn({ path: at, body: { version: made.version, name: '通知' } }))
  refused(await api.changeColumn({ path: at, body: { version: made.version, name: '公告' } }), 409, /别人修改/)
  const seen: string[] = []
  for (let cursor: string | undefined; ; ) {
    const page = ok(await api.listColumns({ path: { site: 'qinghe' }, query: { limit: 3, cursor } }))
    seen.push(...page.items.map((c) => c.path))
    if (!(cursor = page.next)) break
  }
  assert.equal(new Set(seen).size, seen.length)
  assert.ok(seen.includes('xwdt/tzgg') && seen.includes('xxgk/xxgkzn'))
}

/** Import of 300 rows, two of them without a title, with kill -9 in the middle. */
async function imports(world: World) {
  let csv = '编号,标题,正文,发布时间\n'
  for (let i = 1; i <= 300; i++) csv += `${i},${i % 150 ? `第 ${i} 号公告` : ''},这是第 ${i} 号公告的正文。,2026-11-${String((i % 28) + 1).padStart(2, '0')} 09:00\n`
  const up = ok(await api.uploadFile({ path: { site: 'qinghe' }, query: { name: 'gonggao.csv' }, body: new Blob([csv]) }))
  refused(await api.createImport({ body: { site: 'qinghe', upload: up.id, column: 'none' } }), 422, /没有栏目 none/)
  const mapping = 'key: [编号]\nfields: {title: [标题], body: [正文], time: [发布时间]}\n'
  const headers = { 'Idempotency-Key': 'import-1' }
  const order = ok(await api.createImport({ headers, body: { site: 'qinghe', upload: up.id, column: 'xwdt/tzgg', mapping } }))
  await world.restart()
  assert.equal(ok(await api.createImport({ headers, body: { site: 'qinghe', upload: up.id, column: 'xwdt/tzgg', mapping } })).id, order.id)
  const end = await until('import', async () => ok(await api.getImport({ path: { import: order.id } })), (i) => ['done', 'failed'].includes(i.state))
  assert.equal(end.state, 'done', end.error)
  const report = end.report!
  assert.equal(report.inputs, 300)
  assert.equal(report.quarantined, 2)
  assert.equal(report.imported + report.updated + report.unchanged + report.merged, 298)
  const held = ok(await api.listQuarantine({ path: { import: order.id } }))
  assert.equal(held.items.length, 2)
  assert.equal(held.items[0].reason, 'missing-title')
  const ids = new Set<string>()
  for (let cursor: string | undefined; ; ) {
    const page = ok(await api.listItems({ query: { site: 'qinghe', state: 'live', limit: 120, cursor } }))
    for (const item of page.items) ids.add(item.id)
    if (!(cursor = page.next)) break
  }
  assert.equal(ids.size, 298)
  refused(await api.cancelImport({ path: { import: order.id } }), 409, /已经结束/)
  assert.ok(ok(await api.listImports({ query: { site: 'qinghe' } })).items.some((i) => i.id === order.id))
}

interface Written {
  id: string
  path: string
  column: string
}

/** A draft with a picture and an attachment, a placement, a revision. */
async function write(): Promise<Written> {
  const column = ok(await api.listColumns({ path: { site: 'qinghe' }, query: { limit: 200 } })).items.find((c) => c.path === 'xwdt/szyw')!
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  const picture = ok(await api.uploadMedia({ path: { site: 'qinghe' }, query: { name: 'qiao.png' }, body: new Blob([png]) }))
  refused(await api.uploadMedia({ path: { site: 'qinghe' }, query: { name: 'a.pdf' }, body: new Blob(['<html><script>']) }), 415, /不能发布这种文件/)
  refused(await api.createItem({ body: { site: 'qinghe', class: 'article', title: '外图', html: '<p><img src="https://example.com/a.png"></p>' } }), 422, /没有上传/)
  const draft = ok(await api.createItem({
    body: {
      site: 'qinghe', class: 'article', title: '清河大桥通车', source: '市政府办公室', columns: [{ column: column.id }],
      html: `<p onclick="x()">大桥今天通车。<script>alert(1)</script></p><p><img src="${picture.path}" alt="大桥"></p>`, cover: { hash: picture.hash, alt: '大桥' },
    },
  }))
  assert.equal(draft.state, 'draft')
  const item = ok(await api.getItem({ path: { item: draft.id } }))
  assert.ok(!/script|onclick/.test(item.edition.html) && item.edition.html.includes(picture.path))
  const revised = ok(await api.reviseItem({ path: { item: draft.id }, body: { version: item.version, summary: '全长 800 米。' } }))
  refused(await api.releaseItem({ path: { item: draft.id }, body: { version: item.version } }), 409, /别人修改/)
  const later = new Date(Date.now() + 86_400_000).toISOString()
  const planned = ok(await api.releaseItem({ path: { item: draft.id }, body: { version: revised.version, at: later } }))
  assert.equal(planned.state, 'scheduled')
  const back = ok(await api.cancelPlan({ path: { item: draft.id }, body: { version: planned.version } }))
  assert.equal(ok(await api.releaseItem({ path: { item: draft.id }, body: { version: back.version } })).state, 'live')
  const [address] = ok(await api.listAddresses({ path: { item: draft.id } })).items
  assert.equal(ok(await api.listEditions({ path: { item: draft.id } })).items.length, 2)
  assert.equal(ok(await api.listProvenance({ path: { item: draft.id } })).items[0].source, 'studio')
  ok(await api.listFindings({ path: { item: draft.id } }))
  return { id: draft.id, path: address.path, column: column.id }
}

/** get asks the public listener for a page. */
function get(world: World, path: string): Promise<{ status: number; body: string }> {
  const [hostname, port] = world.edge.split(':')
  return new Promise((done, failed) => {
    request({ hostname, port, path, headers: { host } }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (part) => (body += part)).on('end', () => done({ status: answer.statusCode!, body }))
    }).on('error', failed).end()
  })
}

const publication = async () => ok(await api.getPublication({ path: { site: 'qinghe' } }))

async function publish(world: World, item: Written) {
  ok(await api.publishSite({ path: { site: 'qinghe' }, body: {} }))
  await until('published', () => get(world, item.path), (page) => page.status === 200 && page.body.includes('清河大桥通车'))
  const tzgg = ok(await api.listColumns({ path: { site: 'qinghe' }, query: { limit: 200 } })).items.find((c) => c.path === 'xwdt/tzgg')!
  const spot = { site: 'qinghe', column: tzgg.id, item: item.id }
  ok(await api.putPlacement({ path: spot, body: { headline: '大桥通车公告', at: '2026-12-31T09:00:00+08:00' } }))
  await until('placed', () => get(world, '/xwdt/tzgg/'), (page) => page.body.includes('大桥通车公告'))
  const first = ok(await api.listPlacements({ path: { site: 'qinghe', column: tzgg.id }, query: { limit: 2 } }))
  assert.equal(first.items[0].item, item.id)
  assert.ok(first.next)
  ok(await api.deletePlacement({ path: spot }))
  refused(await api.deletePlacement({ path: spot }), 404, /不在这个栏目/)
  ok(await api.movePlacement({ path: { site: 'qinghe', column: item.column, item: item.id }, body: { column: tzgg.id } }))
  ok(await api.movePlacement({ path: spot, body: { column: item.column } }))
  assert.deepEqual(ok(await api.listItemPlacements({ path: { item: item.id } })).items.map((p) => p.column), [item.column])
}

/** Two clients that saw the same version: one of them is told. */
async function conflict(item: string) {
  const { version } = ok(await api.getItem({ path: { item } }))
  const both = await Promise.all(['一', '二'].map((subtitle) => api.reviseItem({ path: { item }, body: { version, subtitle } })))
  assert.deepEqual(both.map((a) => a.response.status).sort(), [200, 409])
  refused(both.find((a) => !a.response.ok)!, 409, /已被别人修改/)
  const key = { 'Idempotency-Key': 'twice-at-once' }
  const body: api.NewItem = { site: 'qinghe', class: 'notice', title: '同时两次' }
  const twice = await Promise.all([1, 2].map(() => api.createItem({ body, headers: key })))
  assert.equal(ok(twice[0]).id, ok(twice[1]).id)
}

async function rollback(world: World, item: Written) {
  const good = await until('settled', publication, (p) => !p.busy && p.waiting === 0)
  const { version } = ok(await api.getItem({ path: { item: item.id } }))
  refused(await api.withdrawItem({ path: { item: item.id }, body: { version, kind: 'consolidated', reason: '合并' } }), 422, /并入哪条/)
  ok(await api.withdrawItem({ path: { item: item.id }, body: { version, kind: 'error', reason: '内容有误' } }))
  await until('withdrawn', () => get(world, item.path), (page) => page.status === 410)
  const site = { site: 'qinghe' }
  refused(await api.rollBack({ path: site, body: { revision: 999, reason: '试' } }), 404, /没有第 999 版/)
  const headers = { 'Idempotency-Key': 'rollback' }
  const rolled = ok(await api.rollBack({ path: site, body: { revision: good.revision, reason: '回到前一版' }, headers }))
  assert.deepEqual(ok(await api.rollBack({ path: site, body: { revision: good.revision, reason: '回到前一版' }, headers })), rolled)
  assert.equal((await publication()).pinned, good.revision)
  assert.equal((await get(world, item.path)).status, 410, 'what was withdrawn came back by a rollback')
  ok(await api.resumeSite({ path: site }))
  assert.equal((await publication()).pinned, 0)
  const ledger = ok(await api.listRevisions({ path: site, query: { limit: 2 } }))
  assert.equal(ledger.items[0].previous, ledger.items[1].hash)
  assert.deepEqual(ok(await api.verifyLedger({ path: site })), { ok: true, good: ledger.items[0].revision })
  ok(await api.changeSiteState({ path: site, body: { to: 'offline', reason: '检修' } }))
  await until('offline', () => get(world, '/'), (page) => page.status === 503)
}

/** A token of another site reaches nothing of this one. */
async function tokens(world: World) {
  ok(await api.createSite({ body: { code: 'jtj', name: '清河市交通运输局', parent: 'qinghe' } }))
  const expires_at = new Date(Date.now() + 3_600_000).toISOString()
  const made = ok(await api.createToken({ body: { name: '交通局', permissions: ['site.read', 'item.read', 'item.write'], sites: ['jtj'], expires_at } }))
  const auth = () => made.secret
  assert.deepEqual(ok(await api.listSites({ auth })).items.map((s) => s.code), ['jtj'])
  refused(await api.getSite({ auth, path: { site: 'qinghe' } }), 404, /没有站点 qinghe/)
  const [theirs] = ok(await api.listItems({ query: { limit: 1 } })).items
  refused(await api.getItem({ auth, path: { item: theirs.id } }), 404, /没有编号/)
  refused(await api.getPublication({ auth, path: { site: 'jtj' } }), 403, /publish\.read/)
  ok(await api.revokeToken({ path: { token: made.id } }))
  refused(await api.listSites({ auth }), 401, /令牌无效/)
  assert.ok(ok(await api.listTokens()).items.every((t) => !('secret' in t)))
}
