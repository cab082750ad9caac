import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkTags, decode, family } from '../checks/tags.mjs'

const now = new Date('2026-11-23T12:00:00+08:00')
const site = '<meta name="SiteName" content="清河市人民政府"><meta name="SiteDomain" content="www.qinghe.gov.cn"><meta name="SiteIDCode" content="2301990001">'
const column = (type = '政策文件') => `<meta name="ColumnName" content="政策文件"><meta name="ColumnDescription" content="公开文件"><meta name="ColumnKeywords" content="文件,规章"><meta name="ColumnType" content="${type}">`
const content = (title = '标题&#34;一&#34;', date = '2026-11-20 09:30') => `<meta name="ArticleTitle" content="${title}"><meta name="PubDate" content="${date}"><meta name="ContentSource" content="市政府办公室">`
const page = (metas, body = '<h1>标题 &quot;一&quot;</h1><time>2026-11-20 09:30</time>') => `<!DOCTYPE html>\n<html lang="zh-CN"><head>${metas}</head><body>${body}</body></html>`

const good = [
  ['home', page(site + column('首页'))],
  ['list', page(site + column())],
  ['document', page(site + column() + content() + '<meta name="Keywords" content="a"><meta name="Keywords" content="b"><meta name="Url" content="https://www.qinghe.gov.cn/a.html">')],
  ['notfound', page(site)],
  ['closed', page('<meta name="SiteName" content="清河市人民政府"><meta name="SiteIDCode" content="2301990001">')],
]
for (const [kind, html] of good) {
  test(`good ${kind}`, () => assert.deepEqual(checkTags(html, kind, now).errors, []))
}

const bad = [
  ['home', page(site + column()), /must be 首页/],
  ['home', page(site + column('首页') + content()), /ArticleTitle does not belong/],
  ['list', page(site), /ColumnName is missing/],
  ['list', page(column() + site), /comes after/],
  ['list', page(site + column('政策文件、工作动态')), /separated/],
  ['article', page(site + column()), /PubDate is missing/],
  ['article', page(site + column() + content() + content()), /occurs 2 times/],
  ['article', page(site + column() + content('另一个标题')), /not the visible title/],
  ['article', page(site + column() + content(undefined, '2026-11-20 09:31')), /not shown/],
  ['article', page(site + column() + content(undefined, '2026年11月20日')), /not YYYY-MM-DD/],
  ['article', page(site + column() + content(undefined, '2026-11-24 09:30'), '<h1>标题"一"</h1><time>2026-11-24 09:30</time>'), /future/],
  ['article', page(site + column() + content() + '<meta name="Url" content="/a.html">'), /not absolute/],
  ['article', page(site + column() + content() + '<meta name="Description" content="a"><meta name="description" content="a">'), /differ in case/],
  ['article', page(site + column() + content() + '<meta name="Description" content="a\nb">'), /line break/],
  ['article', page(site + column() + content() + '<meta name="Description" content="&lt;b&gt;x&lt;/b&gt;">'), /markup/],
  ['article', page(site + column() + content() + '<meta name="Author" content="">'), /Author is empty/],
  ['search', page('<meta name="SiteName" content="x"><meta name="SiteDomain" content="https://a.gov.cn/"><meta name="SiteIDCode" content="2301990001">'), /bare domain/],
]
for (const [kind, html, want] of bad) {
  test(`bad ${kind} ${want}`, () => {
    const { errors } = checkTags(html, kind, now)
    assert.ok(errors.some((e) => want.test(e)), `${want} not in ${JSON.stringify(errors)}`)
  })
}

test('warnings do not fail', () => {
  const { errors, warnings } = checkTags(page(site.replace('2301990001', '310000000044') + column('便民服务')), 'list', now)
  assert.deepEqual(errors, [])
  assert.equal(warnings.length, 2)
})

test('decode', () => assert.equal(decode('&lt;&#34;&#x4e00;&amp;&nbsp;'), '<"一&&nbsp;'))
test('family', () => assert.deepEqual(['home', 'list-older', 'disclosure', 'disclosure-guide', 'gone'].map(family), ['home', 'column', 'column', 'content', 'other']))
