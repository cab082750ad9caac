// National page tags (网页标签规范, 国办发〔2017〕47号): which tags a page must carry, how often, in what order, with what content.

const site = ['SiteName', 'SiteDomain', 'SiteIDCode']
const column = ['ColumnName', 'ColumnDescription', 'ColumnKeywords', 'ColumnType']
const content = ['ArticleTitle', 'PubDate', 'ContentSource']
const optional = ['Keywords', 'Author', 'Description', 'Image', 'Url']
const order = [...site, ...column, ...content, ...optional]
const repeatable = new Set(['Keywords', 'Image'])
const types = new Set('首页,概况信息,机构职能,负责人信息,工作动态,政策文件,信息公开指南,信息公开目录,信息公开年报,依申请公开,数据发布,数据开放,政策解读,回应关切,办事服务,咨询投诉,征集调查,在线访谈'.split(','))

/** family tells which tags a kind of page carries. */
export function family(kind) {
  if (kind === 'home') return 'home'
  if (/^(channel|list|disclosure$|topic)/.test(kind)) return 'column'
  if (/^(article|withdrawn|document|interpretation|page|disclosure-guide)/.test(kind)) return 'content'
  if (kind === 'closed') return 'closed'
  return 'other'
}

/** metas lists [name, content] of the head in order. */
export function metas(html) {
  const head = html.slice(0, html.search(/<\/head>/i))
  const out = []
  for (const [tag] of head.matchAll(/<meta\b[^>]*>/gi)) {
    const name = attribute(tag, 'name')
    if (name !== null) out.push([name, attribute(tag, 'content')])
  }
  return out
}

function attribute(tag, name) {
  const m = tag.match(new RegExp(`\\s${name}="([^"]*)"`, 'i'))
  return m ? decode(m[1]) : null
}

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

export function decode(s) {
  return s.replace(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (all, e) => {
    if (e[0] !== '#') return entities[e.toLowerCase()] ?? all
    return String.fromCodePoint(e[1] === 'x' || e[1] === 'X' ? parseInt(e.slice(2), 16) : Number(e.slice(1)))
  })
}

const fold = (s) => decode(s.replace(/<[^>]*>/g, '')).replace(/\s+/g, '')

/** checkTags returns { errors, warnings } for one page. now is a Date. */
export function checkTags(html, kind, now = new Date()) {
  const errors = []
  const warnings = []
  const all = metas(html)
  const known = all.filter(([name]) => order.includes(name))
  const values = (name) => known.filter(([n]) => n === name).map(([, c]) => c)
  presence(family(kind), values, errors, warnings)
  sequence(known, errors)
  const seen = new Map()
  for (const [name] of all) {
    const lower = name.toLowerCase()
    if (seen.has(lower) && seen.get(lower) !== name) errors.push(`${name} and ${seen.get(lower)} differ in case only`)
    seen.set(lower, name)
  }
  for (const [name, value] of known) {
    if (!value?.trim()) errors.push(`${name} is empty`)
    else if (/[\r\n]/.test(value)) errors.push(`${name} has a line break`)
    else if (/<\/?[a-z][^>]*>/i.test(value)) errors.push(`${name} has markup`)
  }
  formats(values, errors, warnings)
  if (family(kind) === 'content') visible(html, values, now, errors)
  return { errors, warnings }
}

function presence(fam, values, errors, warnings) {
  const must = { home: [...site, ...column], column: [...site, ...column], content: [...site, ...column, ...content], closed: ['SiteName', 'SiteIDCode'], other: site }[fam]
  for (const name of must) {
    const n = values(name).length
    if (n !== 1) errors.push(`${name} ${n === 0 ? 'is missing' : `occurs ${n} times`}`)
  }
  if (fam !== 'content') {
    for (const name of [...content, ...optional]) if (values(name).length) errors.push(`${name} does not belong on this kind of page`)
  }
  for (const name of optional) if (values(name).length > 1 && !repeatable.has(name)) warnings.push(`${name} repeats`)
  if (fam === 'home' && !(values('ColumnType')[0] ?? '').split(',').includes('首页')) errors.push('ColumnType of the home page must be 首页')
}

function sequence(known, errors) {
  const rank = (name) => (site.includes(name) ? 0 : column.includes(name) ? 1 : 2)
  for (let i = 1; i < known.length; i++) {
    if (rank(known[i][0]) < rank(known[i - 1][0])) errors.push(`${known[i][0]} comes after ${known[i - 1][0]}`)
  }
}

function formats(values, errors, warnings) {
  for (const v of values('SiteIDCode')) if (v && !/^(bm\d{8}|\d{10})$/.test(v)) warnings.push(`SiteIDCode ${v} is not a 标识码`)
  for (const v of values('SiteDomain')) if (v && /[:/\s]/.test(v)) errors.push(`SiteDomain ${v} must be a bare domain`)
  for (const name of ['ColumnKeywords', 'ColumnType']) for (const v of values(name)) if (v && /[，;；、]/.test(v)) errors.push(`${name} must be separated by ","`)
  for (const v of values('ColumnType')) for (const t of (v ?? '').split(',')) if (t && !types.has(t)) warnings.push(`ColumnType ${t} is not in the national list`)
  for (const v of values('PubDate')) if (v && !/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/.test(v)) errors.push(`PubDate ${v} is not YYYY-MM-DD HH:MM`)
  for (const v of values('Url')) if (v && !/^https?:\/\//.test(v)) errors.push(`Url ${v} is not absolute`)
}

/** visible compares the tags with what a reader sees. */
function visible(html, values, now, errors) {
  const h1 = html.match(/<h1[^>]*>([\s\S]*?)<\/h1>/i)
  const title = values('ArticleTitle')[0] ?? ''
  if (!h1 || fold(h1[1]) !== title.replace(/\s+/g, '')) errors.push(`ArticleTitle ${title} is not the visible title ${h1 ? fold(h1[1]) : '(none)'}`)
  const date = values('PubDate')[0] ?? ''
  const times = [...html.matchAll(/<time[^>]*>([^<]*)<\/time>/gi)].map((m) => m[1])
  if (date && !times.includes(date)) errors.push(`PubDate ${date} is not shown on the page`)
  if (date && new Date(date.replace(' ', 'T') + ':00+08:00') > now) errors.push(`PubDate ${date} is in the future`)
}
