import { api } from '@/api/client'
import type { Summary } from '@/api/schema'
import { tasks } from '@/api/tasks'
import { said } from '@/lib/problem'
import { useUI } from '@/stores/ui'

/** useBatch does one thing to many texts: each by itself, and says at the end what was not possible and why. */
export function useBatch(done: () => void) {
  const ui = useUI()

  async function each(items: Summary[], what: string, one: (i: Summary) => Promise<unknown>): Promise<void> {
    const wrong: string[] = []
    for (const i of items) await one(i).catch((e) => wrong.push(`《${i.title}》${said(e)}`))
    if (items.length > wrong.length) ui.tell(`已${what} ${items.length - wrong.length} 篇。`)
    if (wrong.length) ui.show(wrong.length === 1 ? wrong[0]! : `${wrong.length} 篇没有${what}。第一篇：${wrong[0]}`, { bad: true })
    done()
  }

  return {
    submit: (items: Summary[]) => each(items.filter((i) => i.state !== 'withdrawn'), '送审', (i) => tasks.submit(i.id, { version: i.version })),
    async release(items: Summary[]) {
      if ((await ui.ask({ title: `发布 ${items.length} 篇稿件`, text: '发布后公众立即可以看到。', yes: '发布' })) === null) return
      await each(items, '发布', (i) => api.POST('/api/v1/items/{item}/release', { params: { path: { item: i.id } }, body: { version: i.version } }))
    },
    async withdraw(items: Summary[]) {
      const reason = await ui.ask({ title: `撤下 ${items.length} 篇稿件`, text: '公众将看到“内容已撤下”的说明；列表、检索和订阅里同时移除。', yes: '撤稿', danger: true, reason: '原因（存入记录）' })
      if (reason === null) return
      await each(items, '撤下', (i) => api.POST('/api/v1/items/{item}/withdraw', { params: { path: { item: i.id } }, body: { version: i.version, kind: 'error', reason } }))
    },
  }
}
