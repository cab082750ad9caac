// The story of a text in the admin console, from its first word to the public page; see README.md.
import { readFile } from 'node:fs/promises'
import { chromium } from 'playwright-core'
import { Report } from './lib/report.mjs'
import { Person, platform } from './lib/studio.mjs'

const report = new Report()
const run = await platform()
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
const begin = (o) => Person.begin(browser, run.console, report, o)
const picture = await readFile(new URL('../../docs/screens/home-390.png', import.meta.url))
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

  const links = {}, ids = {}
  const system = await begin(), security = await begin(), second = await begin()
  await step('the first account is that of the system administrator', async () => {
    await system.go(`/enter/${run.links['首次设置']}`)
    await account(system, 'short', { account: 'lin', name: '林舒' })
    await system.page.getByRole('alert').waitFor()
    await system.screen('first')
    await account(system, 'Qinghe-First-2026')
    await system.page.waitForURL(/worktable/)
    await system.screen('worktable-system')
  })

  await step('he sets up departments and accounts, and names the other two administrators', async () => {
    await system.go('/people/departments')
    await system.button('新部门').click()
    await system.page.getByLabel('名称').fill('市政府办公室')
    await system.page.getByLabel('代码').fill('szfbgs')
    await system.screen('department-new')
    await system.button('建立').click()
    await system.toast('已建立')
    await system.screen('departments')
    for (const [name, login] of [['沈禾', 'shen'], ['程见山', 'cheng'], ['方可', 'fang'], ['陈一鸣', 'chen']]) {
      await system.go('/people')
      await system.button('新账户').click()
      await system.page.getByLabel('姓名').last().fill(name)
      await system.page.locator('dialog').getByLabel('账户名').fill(login)
      await system.page.locator('dialog').getByLabel('部门').selectOption({ label: '市政府办公室' })
      if (login === 'shen') await system.screen('officer-new')
      await system.button('建立').click()
      await system.page.waitForURL(/people\/\d+/)
      ids[login] = system.page.url().match(/\d+$/)[0]
      await system.button('设置密码的链接').click()
      links[login] = (await system.page.locator('dialog .mono').innerText()).match(/enter\/(\S+)/)[1]
      if (login === 'fang') await system.screen('officer-link')
      await system.page.keyboard.press('Escape')
    }
    for (const [login, role] of [['cheng', 'auditor'], ['shen', 'security-admin']]) {
      await system.go(`/people/${ids[login]}`)
      await system.button('任命管理员').click()
      await system.page.locator('dialog').getByLabel('角色').selectOption(role)
      if (login === 'cheng') await system.screen('officer-appoint')
      await system.button('任命').last().click()
      await system.toast('已授予')
    }
    await system.go('/people')
    await system.screen('people')
    report.check((await system.page.locator('.side').innerText()).includes('稿件') === false, 'system administrator', 'he sees the content')
  })

  await step('the security administrator gives two people the right to review', async () => {
    await security.go(`/enter/${links.shen}`)
    await account(security, 'Qinghe-Shield-2026')
    await security.page.waitForURL(/worktable/)
    for (const login of ['fang', 'chen']) {
      await security.go(`/people/${ids[login]}`)
      await security.button('授予角色').click()
      const dialog = security.page.locator('dialog')
      await dialog.getByLabel('角色').selectOption('reviewer')
      await dialog.getByRole('checkbox', { name: '清河市人民政府' }).check()
      if (login === 'fang') await security.screen('officer-grant')
      await security.button('授予').last().click()
      await security.toast('已授予')
    }
    await security.screen('officer')
    await security.go('/people/sessions')
    await security.screen('sessions')
  })

  await step('the site manager sets who reviews', async () => {
    await manager.go(`/enter/${run.links['演示站点管理员']}`)
    await manager.screen('enter')
    await manager.enter(run.links['演示站点管理员'])
    await manager.go('/flows?site=qinghe')
    const one = manager.button('设为三审')
    if (await one.count()) await one.click()
    await manager.page.getByText('整个站点', { exact: true }).waitFor()
    while ((await manager.button(/^去掉/).count()) > 2) await manager.button(/^去掉/).last().click()
    await manager.page.getByLabel('名称').last().fill('终审')
    await manager.button('保存流程').click()
    await manager.toast('流程已保存')
    await manager.screen('flows')
  })

  let address = ''
  await step('the writer writes', async () => {
    await writer.enter(run.links['演示采编'])
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
    await writer.page.locator('.prose > p').first().click()
    await writer.page.keyboard.press('End')
    await writer.page.locator('.et input[type=file]').setInputFiles({ name: '供热站.png', mimeType: 'image/png', buffer: picture })
    await writer.page.getByLabel('这张图片上是什么').fill('供热站工人在检修锅炉')
    await writer.screen('picture')
    await writer.button('上传并插入').click()
    await writer.page.locator('.prose figure img').waitFor()
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
    const drawn = await writer.page.locator('.prose figure img').evaluate((i) => i.decode().then(() => i.naturalWidth, () => 0))
    report.check(drawn > 0, 'picture', 'it is not shown after a reload')
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

  await step('the first reviewer gives it back, the writer corrects it', async () => {
    await reviewer.go(`/enter/${links.fang}`)
    await account(reviewer, 'Qinghe-Review-2026')
    await reviewer.page.waitForURL(/worktable/)
    await reviewer.screen('worktable-reviewer')
    await reviewer.go('/review')
    await reviewer.screen('review-queue')
    await reviewer.page.getByRole('link', { name: title }).click()
    await reviewer.page.waitForURL(/review\/\d+/)
    await reviewer.page.getByRole('heading', { name: title }).waitFor()
    await reviewer.screen('review')
    await reviewer.page.keyboard.press('r')
    await reviewer.page.getByLabel('哪里要改').fill('“断网时写的”几个字请删去。')
    await reviewer.screen('return')
    await reviewer.page.locator('dialog').getByRole('button', { name: '退回' }).click()
    await reviewer.toast('已退回')
    await writer.go('/worktable')
    await writer.page.getByText('几个字请删去').waitFor()
    await writer.screen('worktable-writer')
    await writer.go(address)
    await writer.screen('editor-returned')
    await writer.page.keyboard.press('Control+f')
    await writer.page.getByLabel('查找', { exact: true }).fill('（断网时写的）')
    await writer.screen('editor-find')
    await writer.button('全部替换').click()
    await writer.page.getByText('已自动保存').waitFor()
    await writer.button(/^送审/).click()
    await writer.page.locator('dialog').getByRole('button', { name: '送审' }).click()
    await writer.toast('已送审')
  })

  await step('two reviewers approve, each one step', async () => {
    await reviewer.go('/review')
    await reviewer.page.getByRole('link', { name: title }).click()
    await reviewer.page.getByRole('heading', { name: title }).waitFor()
    await reviewer.page.getByRole('checkbox').first().check()
    await reviewer.page.keyboard.press('a')
    await reviewer.toast('转下一步')
    await second.go(`/enter/${links.chen}`)
    await account(second, 'Qinghe-Final-2026')
    await second.page.waitForURL(/worktable/)
    await second.page.setViewportSize({ width: 390, height: 844 })
    await second.go('/review')
    await second.screen('review-queue-390')
    await second.page.getByRole('link', { name: title }).click()
    await second.page.getByRole('heading', { name: title }).waitFor()
    await second.screen('review-390')
    await second.button(/^通过/).click()
    await second.toast('已通过')
    await reviewer.go('/review?view=done')
    await reviewer.page.getByRole('link', { name: title }).first().waitFor()
    await reviewer.screen('review-done')
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
    await p.page.getByRole('img', { name: '供热站工人在检修锅炉' }).waitFor()
    const text = await p.page.locator('main').innerText()
    report.check(!text.includes('断网时写的') && text.includes('市供热办') && text.includes('报修电话'), 'public page', text)
    await p.end()
  })

  await step('every room opens', async () => {
    for (const room of ['items', 'columns', 'imports', 'ledger', 'sites', 'sites/qinghe', 'tokens', 'audit']) {
      await manager.go(`/${room}${room.includes('/') ? '' : '?site=qinghe'}`)
      await manager.screen(`room-${room.replace('/', '-')}`)
    }
    await manager.page.keyboard.press('Control+k')
    await manager.page.getByRole('combobox', { name: /搜稿件/ }).fill('供热')
    await manager.screen('find')
    await manager.page.keyboard.press('Escape')
    await manager.page.keyboard.press('?')
    await manager.screen('keys')
    await manager.page.keyboard.press('Escape')
    await manager.page.keyboard.press('s')
    await manager.screen('switcher')
    await system.go('/jobs')
    await system.screen('room-jobs')
    await writer.page.emulateMedia({ colorScheme: 'dark' })
    await writer.go('/items?site=qinghe')
    await writer.screen('items-dark')
    await writer.go(address)
    await writer.screen('editor-dark')
    await writer.page.emulateMedia({ colorScheme: 'light' })
    await writer.page.setViewportSize({ width: 1280, height: 800 })
    await writer.go('/items?site=qinghe')
    await writer.screen('items-1280')
    await writer.go(address)
    await writer.screen('editor-1280')
    await writer.go('/tokens')
    await writer.screen('no-permission')
  })
} finally {
  await browser.close()
  await run.stop()
}
process.exitCode = report.end()

/** account fills the form behind a one-time link and sends it. */
async function account(p, password, who = {}) {
  if (who.account) await p.page.getByLabel('账户名').fill(who.account)
  if (who.name) await p.page.getByLabel('姓名').fill(who.name)
  await p.page.getByLabel('密码').first().fill(password)
  await p.page.getByLabel('再输一次').fill(password)
  await p.button(/并进入$/).click()
}

/** paste puts HTML where the cursor stands, as a clipboard does. */
function paste(page, html) {
  return page.evaluate((text) => {
    const data = new DataTransfer()
    data.setData('text/html', text)
    document.querySelector('.prose').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  }, html)
}
