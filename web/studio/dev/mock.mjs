// A stand-in for the parts of the studio listener that are still being built: sign-in and review live in memory, the rest
// goes to a running "guiyi serve" with a token. node dev/mock.mjs; then GUIYI_STUDIO=http://127.0.0.1:7195 npm run dev
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'

const backend = process.env.BACKEND ?? 'http://127.0.0.1:7190'
const token = process.env.TOKEN ?? ''
const dist = new URL('../dist/', import.meta.url).pathname
const csp = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
const roles = {
  writer: ['采编', ['item.read', 'item.write', 'media.write', 'placement.write', 'site.read', 'editorial.submit']],
  reviewer: ['审核', ['item.read', 'site.read', 'editorial.review']],
  second: ['审核', ['item.read', 'site.read', 'editorial.review']],
  admin: ['站点管理员', ['item.read', 'item.write', 'item.release', 'media.write', 'placement.write', 'site.read', 'site.declare', 'site.state', 'column.write', 'publish.read', 'publish.run', 'publish.rollback', 'import.read', 'import.write', 'job.read', 'job.write', 'token.read', 'token.write', 'editorial.flow', 'audit.read', 'org.read', 'org.write', 'org.grant']],
  auditor: ['审计管理员', ['audit.read', 'site.read']],
}
const names = { writer: '周晓禾', reviewer: '许岚', second: '陈一鸣', admin: '方可', auditor: '沈禾' }
const sessions = new Map()
const tasks = []
let last = 100
const flow = [{ name: '初审', kind: 'review' }, { name: '终审', kind: 'review' }]
const me = (role) => ({ officer: { id: String(Object.keys(roles).indexOf(role) + 1), account: `demo-${role}`, name: names[role], department: '市政府办公室' }, roles: [{ role, name: roles[role][0], all_sites: true, sites: [] }], permissions: roles[role][1], idle_seconds: 1800 })

const behind = (method, path, body) => fetch(backend + path, { method, headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) }, ...(body ? { body } : {}) })

createServer(async (req, res) => {
  const url = new URL(req.url, 'http://x')
  const chunks = []
  for await (const c of req) chunks.push(c)
  const raw = Buffer.concat(chunks)
  const body = () => JSON.parse(raw.toString() || '{}')
  const send = (status, value, headers = {}) => { res.writeHead(status, { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json', ...headers }); res.end(value === undefined ? '' : JSON.stringify(value)) }
  const problem = (status, detail, more = {}) => send(status, { type: 'about:blank', title: '', status, detail, ...more })
  const role = sessions.get(/studio=(\w+)/.exec(req.headers.cookie ?? '')?.[1])
  const enter = (r) => { const id = Math.random().toString(36).slice(2); sessions.set(id, r); send(200, me(r), { 'set-cookie': `studio=${id}; Path=/; HttpOnly; SameSite=Lax` }) }
  const person = role && { id: me(role).officer.id, name: names[role] }
  const path = url.pathname
  try {
    if (path === '/session') {
      if (req.method === 'GET') return role ? send(200, me(role)) : problem(401, '请登录。')
      if (req.method === 'DELETE') return send(204, undefined, { 'set-cookie': 'studio=; Max-Age=0; Path=/' })
      const b = body(); const r = b.account?.replace('demo-', '')
      if (!roles[r] || b.password !== 'demo') return problem(401, '账号或密码不对。连续输错 5 次后，账号锁定 30 分钟。')
      return enter(r)
    }
    if (path === '/session/link') {
      const b = body()
      if (b.link === 'first') return req.method === 'POST' ? send(200, { purpose: 'first', rules: ['至少 12 个字符', '含大写字母、小写字母、数字、符号中的三种', '不含账号'] }) : b.password?.length >= 12 ? enter('admin') : problem(422, '密码不合规则。', { errors: [{ field: 'password', detail: '至少 12 个字符。' }] })
      if (!roles[b.link]) return problem(410, '链接已经用过、过期或不存在。请向管理员要一个新的。')
      return req.method === 'POST' ? send(200, { purpose: 'enter', officer: { account: `demo-${b.link}`, name: names[b.link] }, rules: [] }) : enter(b.link)
    }
    if (path.startsWith('/api/') || path.startsWith('/preview/')) {
      if (!role) return problem(401, '请登录。')
      const submit = /^\/api\/v1\/items\/(\d+)\/submit$/.exec(path)
      if (submit) {
        const item = await (await behind('GET', `/api/v1/items/${submit[1]}`)).json()
        if (item.version !== body().version) return problem(409, '稿件已被他人改动。')
        const old = tasks.find((t) => t.item === item.id && t.state !== 'approved')
        const t = old ?? { id: String(++last), item: item.id, acts: [] }
        Object.assign(t, { version: (t.version ?? 0) + 1, title: item.edition.title, site: item.site, column: { id: '1', name: '要闻动态' }, class: item.class, edition: item.edition.no, state: 'open', step: 1, steps: 2, step_name: '初审', submitted_by: person, submitted_at: new Date().toISOString(), claimed_by: undefined, due: new Date(Date.now() + 50 * 60_000).toISOString(), release_at: body().release_at, note: body().note, flow, changes: item.edition.html.split(/<\/(?:p|h2)>/).map((x) => ({ kind: 'added', text: x.replace(/<[^>]+>/g, '').trim() })).filter((x) => x.text) })
        t.acts.push({ no: t.acts.length + 1, step: 0, act: 'submit', by: person, at: new Date().toISOString(), note: body().note })
        if (!old) tasks.push(t)
        return send(200, t)
      }
      if (path === '/api/v1/tasks') {
        const q = url.searchParams
        const views = { todo: (t) => t.state === 'open' && t.submitted_by.id !== person.id && (!t.claimed_by || t.claimed_by.id === person.id) && roles[role][1].includes('editorial.review'), mine: (t) => t.submitted_by.id === person.id && t.state === 'open', returned: (t) => t.submitted_by.id === person.id && t.state === 'returned', done: (t) => t.acts.some((a) => a.by.id === person.id && a.act !== 'submit') }
        return send(200, { items: tasks.filter((t) => (!q.get('item') || t.item === q.get('item')) && (!q.get('site') || t.site === q.get('site')) && (!q.get('view') || views[q.get('view')](t))) })
      }
      const one = /^\/api\/v1\/tasks\/(\d+)(?:\/(\w+))?$/.exec(path)
      if (one) {
        const t = tasks.find((x) => x.id === one[1])
        if (!t) return problem(404, '没有这件审核。')
        if (!one[2]) return send(200, t)
        const b = body(), act = one[2]
        if (b.version !== t.version) return problem(409, '这件审核已被他人办理，请看最新情况。')
        t.version++
        t.acts.push({ no: t.acts.length + 1, step: t.step, act, by: person, at: new Date().toISOString(), note: b.note ?? b.reason })
        if (act === 'claim') t.claimed_by = person
        if (act === 'unclaim') t.claimed_by = undefined
        if (act === 'return') Object.assign(t, { state: 'returned', note: b.reason, claimed_by: undefined })
        if (act === 'recall') Object.assign(t, { state: 'recalled', claimed_by: undefined })
        if (act === 'approve') {
          t.claimed_by = undefined
          if (t.step < t.steps) Object.assign(t, { step: t.step + 1, step_name: flow[t.step].name })
          else { t.state = 'approved'; const item = await (await behind('GET', `/api/v1/items/${t.item}`)).json(); await behind('POST', `/api/v1/items/${t.item}/release`, JSON.stringify({ version: item.version })) }
        }
        return send(200, t)
      }
      const answer = await fetch(backend + req.url, { method: req.method, headers: { authorization: `Bearer ${token}`, ...(req.headers['content-type'] ? { 'content-type': req.headers['content-type'] } : {}) }, ...(raw.length ? { body: raw } : {}) })
      res.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
      return res.end(Buffer.from(await answer.arrayBuffer()))
    }
    const name = path === '/' ? 'index.html' : path.slice(1)
    const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
    res.writeHead(200, { 'content-type': types[extname(name)] ?? 'application/octet-stream', 'content-security-policy': csp })
    res.end(await readFile(join(dist, name)))
  } catch (e) { if (!res.headersSent) res.writeHead(500); res.end(String(e)) }
}).listen(7195, '127.0.0.1')
