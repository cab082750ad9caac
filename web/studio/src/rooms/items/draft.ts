import { computed, onBeforeUnmount, reactive, ref, toRaw, watch } from 'vue'
import { api, got } from '@/api/client'
import type { Item } from '@/api/schema'
import { Failure, said } from '@/lib/problem'
import { changed, fieldsOf, merge, patch, same, type Fields } from './fields'

const delay = 1500 // after the last keystroke
const again = [2000, 5000, 10_000, 20_000] // after a failure of the network

export type Status = 'saved' | 'dirty' | 'saving' | 'offline' | 'conflict' | 'refused'

interface Kept { version: number; base: Fields; fields: Fields; at: string }
const place = (id: string) => `studio.draft.${id}`
const copy = <T>(v: T): T => JSON.parse(JSON.stringify(toRaw(v))) as T

export interface Conflict { base: Fields; mine: Fields; theirs: Fields; version: number; fields: (keyof Fields)[]; by: string; merged: Fields }

/** useDraft keeps a text: each change is on this machine at once and on the server soon, with the version that was seen. */
export function useDraft(first: Item) {
  const item = ref<Item>(first)
  const fields = reactive<Fields>(fieldsOf(first))
  let base = fieldsOf(first)
  const version = ref(first.version)
  const status = ref<Status>('saved')
  const savedAt = ref<Date | null>(null)
  const problem = ref('')
  const wrong = ref<Record<string, string>>({})
  const conflict = ref<Conflict | null>(null)
  const restored = ref(false)
  const merges = ref(0) // counts changes that came from elsewhere, so that the text is shown anew
  let timer = 0, tries = 0
  let running: Promise<void> | null = null
  let loading = false

  function keep(): void {
    const kept: Kept = { version: version.value, base, fields: copy(fields), at: new Date().toISOString() }
    try { localStorage.setItem(place(first.id), JSON.stringify(kept)) } catch { /* full: the server still has it soon */ }
  }
  const release = () => localStorage.removeItem(place(first.id))

  watch(fields, () => {
    if (loading) return
    if (!changed(base, fields).length) {
      if (status.value === 'dirty') { status.value = 'saved'; release() }
      return
    }
    keep()
    if (status.value === 'conflict') return
    if (status.value !== 'saving') status.value = 'dirty'
    clearTimeout(timer)
    timer = window.setTimeout(() => void save(), delay)
  }, { deep: true, flush: 'post' })

  /** save sends what is not yet on the server, and resolves when nothing is left or it cannot be sent. */
  function save(): Promise<void> {
    clearTimeout(timer)
    running ??= run().finally(() => { running = null })
    return running
  }

  async function run(): Promise<void> {
    while (changed(base, fields).length && status.value !== 'conflict') {
      const sent = copy(fields)
      status.value = 'saving'
      try {
        const head = await got(api.PATCH('/api/v1/items/{item}', { params: { path: { item: first.id } }, body: { ...patch(base, sent), version: version.value } as never }))
        base = sent
        version.value = head.version
        savedAt.value = new Date()
        problem.value = ''
        wrong.value = {}
        tries = 0
      } catch (e) {
        if (!(e instanceof Failure)) throw e
        if (e.status === 409) { if (await settle(e)) continue; return }
        problem.value = said(e)
        wrong.value = e.fields
        if (e.offline || e.status === 401 || e.status === 429) {
          status.value = 'offline'
          timer = window.setTimeout(() => void save(), again[Math.min(tries++, again.length - 1)])
        } else status.value = 'refused'
        return
      }
    }
    if (status.value === 'saving' || status.value === 'dirty' || status.value === 'offline') {
      status.value = 'saved'
      release()
    }
  }

  /** settle reads what somebody else saved; true when both changes go together. */
  async function settle(refusal: Failure): Promise<boolean> {
    let now: Item
    try {
      now = await got(api.GET('/api/v1/items/{item}', { params: { path: { item: first.id } } }))
    } catch (e) {
      problem.value = said(e)
      status.value = 'offline'
      timer = window.setTimeout(() => void save(), again[0])
      return false
    }
    if (now.version === version.value) { // refused for another reason than the version, e.g. while it is in review
      problem.value = refusal.message
      status.value = 'refused'
      return false
    }
    const mine = copy(fields), theirs = fieldsOf(now)
    const both = merge(base, mine, theirs)
    if (!both.conflicts.length) {
      adopt(now, both.merged)
      return true
    }
    keep()
    conflict.value = { base: copy(base), mine, theirs, version: now.version, fields: both.conflicts, by: now.updated_by ?? '', merged: both.merged }
    item.value = now
    status.value = 'conflict'
    return false
  }

  function adopt(now: Item, merged: Fields): void {
    item.value = now
    version.value = now.version
    base = fieldsOf(now)
    if (!same(fields, merged)) {
      Object.assign(fields, copy(merged))
      merges.value++
    }
  }

  /** resolve ends a conflict with the fields that were chosen. */
  function resolve(chosen: Fields): Promise<void> {
    const c = conflict.value
    if (!c) return Promise.resolve()
    conflict.value = null
    status.value = 'dirty'
    version.value = c.version
    base = copy(c.theirs)
    Object.assign(fields, copy(chosen))
    merges.value++
    keep()
    return save()
  }

  /** reload takes the state of the server after an action that changed it, when nothing is unsaved. */
  async function reload(): Promise<void> {
    const now = await got(api.GET('/api/v1/items/{item}', { params: { path: { item: first.id } } }))
    loading = true
    adopt(now, fieldsOf(now))
    loading = false
    status.value = 'saved'
  }

  // What a crash or a closed window left on this machine.
  const left = JSON.parse(localStorage.getItem(place(first.id)) ?? 'null') as Kept | null
  if (left && !same(left.fields, base)) {
    const both = merge(left.base, left.fields, base)
    restored.value = true
    if (left.version === first.version || !both.conflicts.length) Object.assign(fields, both.merged)
    else {
      Object.assign(fields, copy(left.fields))
      conflict.value = { base: left.base, mine: copy(left.fields), theirs: fieldsOf(first), version: first.version, fields: both.conflicts, by: first.updated_by ?? '', merged: both.merged }
      status.value = 'conflict'
    }
    if (status.value !== 'conflict') { status.value = 'dirty'; timer = window.setTimeout(() => void save(), 300) }
  } else release()

  const online = () => { if (status.value === 'offline') void save() }
  const leave = (e: BeforeUnloadEvent) => { if (status.value !== 'saved') { void save(); e.preventDefault() } }
  addEventListener('online', online)
  addEventListener('beforeunload', leave)
  onBeforeUnmount(() => { clearTimeout(timer); removeEventListener('online', online); removeEventListener('beforeunload', leave) })

  return { item, fields, version, status, savedAt, problem, wrong, conflict, restored, merges, save, resolve, reload, unsaved: computed(() => status.value !== 'saved') }
}
