import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { api, got } from '@/api/client'
import type { Column, Site } from '@/api/schema'
import { useSession } from './session'

const hues = ['blue', 'teal', 'plum', 'moss', 'clay']
export const kinds: Record<string, string> = { portal: '门户', department: '部门站', special: '专题站' }

/** The sites that the officer may see, and the one at hand. */
export const useSites = defineStore('sites', () => {
  const session = useSession()
  const all = ref<Site[]>([])
  const current = ref('')
  const recent = ref<string[]>([])
  const trees = new Map<string, Promise<Column[]>>()

  const key = () => `studio.sites.${session.me?.officer.id ?? ''}`
  const known = computed(() => new Map(all.value.map((s) => [s.code, s])))
  const site = computed(() => known.value.get(current.value))

  async function load(): Promise<void> {
    const list: Site[] = []
    for (let cursor: string | undefined, first = true; first || cursor; first = false) {
      const page = await got(api.GET('/api/v1/sites', { params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } } }))
      list.push(...page.items)
      cursor = page.next
    }
    all.value = list.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, 'zh-CN'))
    const kept: string[] = JSON.parse(localStorage.getItem(key()) ?? '[]')
    recent.value = kept.filter((c) => known.value.has(c))
    if (!known.value.has(current.value)) current.value = recent.value[0] ?? all.value[0]?.code ?? ''
  }

  function pick(code: string): void {
    if (!known.value.has(code)) return
    current.value = code
    recent.value = [code, ...recent.value.filter((c) => c !== code)].slice(0, 5)
    localStorage.setItem(key(), JSON.stringify(recent.value))
  }

  /** columns reads the whole tree of a site, once. */
  function columns(code: string): Promise<Column[]> {
    let tree = trees.get(code)
    if (!tree) {
      tree = readColumns(code)
      tree.catch(() => trees.delete(code))
      trees.set(code, tree)
    }
    return tree
  }

  const forget = (code: string) => trees.delete(code)
  const name = (code: string) => known.value.get(code)?.name ?? code

  return { all, current, recent, site, load, pick, columns, forget, name }
})

/** hue is the colour of a site: the portal of the city is blue, the others get theirs from their code. */
export function hue(site: Pick<Site, 'code' | 'kind' | 'parent'> | string | undefined): string {
  if (!site) return 'blue'
  if (typeof site !== 'string' && site.kind === 'portal' && !site.parent) return 'blue'
  const code = typeof site === 'string' ? site : site.code
  let sum = 0
  for (const c of code) sum = (sum * 31 + c.codePointAt(0)!) % 9973
  return hues[1 + (sum % 4)]!
}

const rank = (s: Site) => (s.kind === 'portal' ? (s.parent ? 1 : 0) : 2)

async function readColumns(site: string): Promise<Column[]> {
  const list: Column[] = []
  for (let cursor: string | undefined, first = true; first || cursor; first = false) {
    const page = await got(api.GET('/api/v1/sites/{site}/columns', { params: { path: { site }, query: { limit: 200, ...(cursor ? { cursor } : {}) } } }))
    list.push(...page.items)
    cursor = page.next
  }
  return list
}
