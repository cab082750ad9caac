import { expect, test } from 'vitest'
import { cleanPaste } from './paste'

test('a list of Word becomes a list, with its levels', () => {
  const word = `<html><body><!--StartFragment-->
<p class=MsoListParagraph style='margin-left:21.0pt;text-indent:-21.0pt;mso-list:l0 level1 lfo1'><!--[if !supportLists]--><span><span>1.<span style='font:7.0pt'>&nbsp;&nbsp;</span></span></span><!--[endif]--><span>第一条</span><o:p></o:p></p>
<p class=MsoListParagraph style='mso-list:l0 level2 lfo1'><!--[if !supportLists]-->·&nbsp;<!--[endif]-->甲</p>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><!--[if !supportLists]-->2.&nbsp;<!--[endif]-->第二条</p>
<p class=MsoNormal>正文</p></body></html>`
  expect(cleanPaste(word).replace(/\s*\n\s*/g, '')).toBe('<ol><li><p><span><span></span></span><span>第一条</span></p><ul><li><p>甲</p></li></ul></li><li><p>第二条</p></li></ol><p>正文</p>'.replace('<span><span></span></span>', ''))
})

test('headings, alignment and bold stay; fonts, colours and indentation by blanks go', () => {
  const out = cleanPaste("<h1 style='text-align:center'><span style='font-family:方正小标宋简体;color:red'>标题</span></h1><p style='text-indent:32pt' align=right><span style='font-weight:bold'>　　落款</span></p><p>&nbsp;</p>")
  expect(out).toContain('<h2 class="align-center"><span>标题</span></h2>')
  expect(out).toContain('<p class="align-right"><span><strong>落款</strong></span></p>')
  expect(out).not.toMatch(/style|font-family|color|nbsp/)
})

test('tracked deletions, comments and pictures of the local disk do not come along', () => {
  const out = cleanPaste('<p>留<del>删</del><ins>增</ins><!-- x --><img src="file:///C:/a.png"><img src="https://a.example/b.png" alt="b"></p><style>p{}</style><script>alert(1)</script>')
  expect(out).toBe('<p>留增<img src="https://a.example/b.png" alt="b"></p>')
})

test('a first row in bold is a header row', () => {
  const out = cleanPaste('<table><tr><td><p><b>项目</b></p></td><td><p><b>数</b></p></td></tr><tr><td><p>甲</p></td><td><p>1</p></td></tr></table>')
  expect(out).toContain('<th><p>项目</p></th>')
  expect(out).toContain('<td><p>甲</p></td>')
})
