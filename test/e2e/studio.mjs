// The story of a text in the admin console, from its first word to the public page; see README.md.
import { chromium } from 'playwright-core'
import { Report } from './lib/report.mjs'
import { Person, platform } from './lib/studio.mjs'

const report = new Report()
const run = await platform()
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
const begin = (o) => Person.begin(browser, run.console, report, o)
const title = '关于做好寒潮期间供热保障工作的通知'

async function step(name, work) {
  try {
    await work()
    report.check(true, name)
  } catch (e) {
    report.fail(name, e.stack)
    throw new Error('the story ends here')
  }
}

try {
  const manager = await begin(), writer = await begin(), reviewer = await begin()

  await step('a stranger sees the door only', async () => {
    const p = await begin()
    await p.go('/items')
    await p.page.getByRole('heading', { name: '登录' }).waitFor()
    await p.screen('signin')
    await p.page.getByLabel('账户名').fill('demo-writer')
    await p.page.getByLabel('密码').fill('wrong-password')
    await p.button('登录').click()
    await p.page.getByRole('alert').waitFor()
    await p.screen('signin-refused')
    await p.go('/enter/nonsense')
    await p.page.getByRole('heading', { name: '这个链接不能用了' }).waitFor()
    await p.screen('link-gone')
    await p.end()
  })

  await step('the first start asks for the first account', async () => {
    const p = await begin()
    await p.go(`/enter/${run.links['首次设置']}`)
    await p.page.getByLabel('账户名').fill('lin')
    await p.page.getByLabel('姓名').fill('林舒')
    await p.page.getByLabel('密码').first().fill('short')
    await p.page.getByLabel('再输一次').fill('short')
    await p.button('建立账户并进入').click()
    await p.page.getByRole('alert').waitFor()
    await p.screen('first')
    await p.end()
  })

  await step('the site manager sets who reviews', async () => {
    await manager.go(`/enter/${run.links['演示站点管理员']}`)
    await manager.screen('enter')
    await manager.enter(run.links['演示站点管理员'])
    await manager.go('/flows?site=qinghe')
    const one = manager.button('设为三审')
    if (await one.count()) await one.click()
    while ((await manager.button(/^去掉/).count()) > 1) await manager.button(/^去掉/).last().click()
    await manager.page.getByLabel('名称').fill('初审')
    await manager.button('保存流程').click()
    await manager.toast('流程已保存')
    await manager.screen('flows')
  })

  let address = ''
  await step('the writer writes', async () => {
    await writer.enter(run.links['演示采编'])
    await writer.screen('worktable-writer')
    await writer.go('/items?site=qinghe')
    await writer.page.keyboard.press('j')
    await writer.page.keyboard.press('j')
    await writer.page.keyboard.press('x')
    await writer.screen('items')
    await writer.page.keyboard.press('Escape')
    await writer.page.keyboard.press('c')
    await writer.page.waitForURL(/items\/new/)
    await writer.page.getByLabel('标题').fill(title)
    await writer.page.getByRole('combobox', { name: /栏目/ }).click()
    await writer.page.keyboard.type('时政')
    await writer.page.getByText('时政要闻', { exact: true }).last().click()
    await writer.page.getByRole('radio', { name: /^通知公告/ }).check()
    await writer.screen('new')
    await writer.button('开始写').click()
    await writer.page.waitForURL(/items\/\d+/)
    address = new URL(writer.page.url()).hash.slice(1)
    await writer.page.locator('.prose').click()
    await writer.page.keyboard.type('据市气象台预报，11月24日至27日我市将出现寒潮天气，最低气温降至零下24℃。现就有关事项通知如下。')
    await writer.page.keyboard.press('Enter')
    await paste(writer.page, `<h2>一、提前升温</h2><p style="text-indent:2em;font-family:宋体">各供热企业要在24日12时前完成升温。</p>
      <p class=MsoListParagraph style="mso-list:l0 level1 lfo1"><!--[if !supportLists]-->1.&nbsp;<!--[endif]-->两小时内上门；</p>
      <p class=MsoListParagraph style="mso-list:l0 level1 lfo1"><!--[if !supportLists]-->2.&nbsp;<!--[endif]-->一天内解决。</p>
      <table><tr><td><b>县区</b></td><td><b>报修电话</b></td></tr><tr><td>临江县</td><td>0450-0000001</td></tr></table><script>window.bad=1</script><img src=x onerror="window.bad=1">`)
    await writer.page.getByLabel('来源').fill('市政府办公室')
    await writer.page.getByLabel('摘要').fill('寒潮期间供热保障：提前升温、畅通报修、走访重点群众。')
    await writer.page.getByText('已自动保存').waitFor()
    const html = await writer.page.locator('.prose').innerHTML()
    report.check(/<ol>.*<li>/s.test(html) && /<th/.test(html) && !/宋体|mso-|onerror/.test(html), 'paste', html)
    report.check(!(await writer.page.evaluate('window.bad')), 'paste', 'a script ran')
    await writer.screen('editor')
    await writer.button('手机').click()
    await writer.screen('editor-phone')
    await writer.button('编辑').click()
    await writer.page.reload()
    await writer.settled()
    report.check((await writer.page.locator('.prose').innerText()).includes('两小时内上门'), 'autosave', 'the text is not there after a reload')
  })

  await step('without a network nothing is lost', async () => {
    await writer.context.setOffline(true)
    await writer.page.locator('.prose > p').first().click()
    await writer.page.keyboard.press('End')
    await writer.page.keyboard.type('（断网时写的）')
    await writer.page.getByText('改动已存在本机').waitFor()
    await writer.screen('editor-offline')
    await writer.context.setOffline(false)
    await writer.page.getByText('已自动保存').waitFor({ timeout: 30_000 })
  })

  await step('two people change one text', async () => {
    await manager.go(address)
    await manager.page.getByLabel('来源').fill('清河市气象局')
    await manager.page.getByText('已自动保存').waitFor()
    await writer.page.getByLabel('来源').fill('市供热办')
    await writer.page.getByRole('heading', { name: '别人也改了这篇稿件' }).waitFor({ timeout: 15_000 })
    await writer.screen('merge')
    await writer.button('合并').click()
    await writer.page.getByText('已自动保存').waitFor()
    report.check((await writer.page.getByLabel('来源').inputValue()) === '市供热办', 'merge', 'the chosen text is not there')
  })

  await step('the writer submits', async () => {
    await writer.page.keyboard.press('Control+Enter')
    await writer.page.getByLabel('给审核人的话').fill('请今天下班前审完。')
    await writer.screen('submit')
    await writer.page.locator('dialog').getByRole('button', { name: '送审' }).click()
    await writer.toast('已送审')
    await writer.screen('submitted')
  })

  await step('the reviewer approves', async () => {
    await reviewer.enter(run.links['演示审核'])
    await reviewer.screen('worktable-reviewer')
    await reviewer.go('/review')
    await reviewer.screen('review-queue')
    await reviewer.page.getByRole('link', { name: title }).click()
    await reviewer.page.waitForURL(/review\/\d+/)
    await reviewer.page.getByRole('heading', { name: title }).waitFor()
    await reviewer.screen('review')
    await reviewer.page.getByRole('checkbox').first().check()
    await reviewer.page.keyboard.press('a')
    await reviewer.toast('已通过')
  })

  await step('the public page shows it', async () => {
    const p = await begin()
    for (let n = 0; ; n++) {
      await p.page.goto(`${run.site}/`)
      const link = p.page.getByRole('link', { name: title }).first()
      if (await link.count()) { await link.click(); break }
      if (n > 30) throw new Error('the text is not on the home page')
      await p.page.waitForTimeout(500)
    }
    await p.page.getByRole('heading', { name: title }).waitFor()
    const text = await p.page.locator('main').innerText()
    report.check(text.includes('断网时写的') && text.includes('市供热办') && text.includes('报修电话'), 'public page', text)
    await p.end()
  })
} finally {
  await browser.close()
  await run.stop()
}
process.exitCode = report.end()

/** paste puts HTML where the cursor stands, as a clipboard does. */
function paste(page, html) {
  return page.evaluate((text) => {
    const data = new DataTransfer()
    data.setData('text/html', text)
    document.querySelector('.prose').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  }, html)
}
