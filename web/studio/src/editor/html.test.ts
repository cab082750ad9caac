import { expect, test } from 'vitest'
import { Editor } from '@tiptap/core'
import { blocks, fromEditor, toEditor, words } from './html'
import { schema } from './schema'

const through = (html: string) => {
  const e = new Editor({ extensions: schema(), content: toEditor(html) })
  const out = fromEditor(e.getHTML())
  e.destroy()
  return out
}

test('stored text goes through the editor and nothing is lost', () => {
  const stored = [
    '<p class="align-center">清河市人民政府</p>', '<h2>一、总则</h2>', '<p>正文<strong>加粗</strong>，H<sub>2</sub>O，<a href="/zwgk/a.html">链接</a><br>换行</p>',
    '<ul><li><p>甲</p></li><li><p>乙</p></li></ul>', '<ol start="3"><li><p>丙</p></li></ol>', '<blockquote><p>引文</p></blockquote>', '<hr>',
    '<figure><img src="/_m/a.png" alt="大桥"><figcaption>三桥通车</figcaption></figure>', '<p><img src="/_m/a.png" alt="大桥"></p>', '<p class="align-center"><img src="/_m/a.png" alt="一"><img src="/_m/b.png" alt="二"></p>', '<p>图<img src="/_m/b.png" alt="小图">文</p>',
    '<p>前<span id="zw-1"></span>后</p>', '<video controls="" src="/_m/v.mp4" poster="/_m/p.jpg"></video>',
  ]
  for (const html of stored) expect(through(html)).toBe(html)
})

test('a table keeps its caption, its header cells, its spans and the alignment of cells', () => {
  const out = through('<table><caption>表1</caption><thead><tr><th scope="col">项目</th><th class="align-right" scope="col">数</th></tr></thead><tbody><tr><td colspan="2">合计</td></tr></tbody></table>')
  expect(out).toContain('<caption>表1</caption>')
  expect(out).toContain('<th><p>项目</p></th><th><p class="align-right">数</p></th>')
  expect(out).toContain('<td colspan="2"><p>合计</p></td>')
  expect(out).not.toContain('style=')
})

test('what a text may not hold does not come in', () => {
  const out = through('<p style="font-family:宋体;color:red;font-size:30px" onclick="x()">字<font color="red">红</font></p><script>alert(1)</script><p><a href="javascript:alert(1)">坏</a><img src=x onerror=alert(1)></p><iframe src="//evil"></iframe>')
  expect(out).not.toMatch(/style|font|color|onclick|onerror|script|iframe/)
  expect(out).toContain('字红')
})

test('words are counted as an office counts them', () => {
  expect(words('全市 24 家企业，增长 3.5%。GDP')).toBe(10)
  expect(words('')).toBe(0)
})

test('blocks are the lines to compare', () => {
  expect(blocks('<h2>一</h2><ul><li>甲</li></ul><table><tr><td>a</td><td>b</td></tr></table><p></p>')).toEqual(['一', '甲', 'a ｜ b'])
})
