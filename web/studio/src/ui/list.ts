import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'
import type { Page } from '@/api/seams'

export interface ListColumn { key: string; name: string; width?: string; num?: boolean; off?: boolean }

/** useQueryState reads and writes the filters of a list in the address, so that every list can be linked to. */
export function useQueryState() {
  const route = useRoute()
  const router = useRouter()
  const get = (name: string): string => String(route.query[name] ?? '')

  /** set changes filters and starts from the first page. */
  function set(change: Record<string, string | undefined>): void {
    const query: LocationQueryRaw = { ...route.query, ...change }
    delete query.after
    for (const k of Object.keys(query)) if (!query[k]) delete query[k]
    void router.replace({ query })
  }
  return { get, set, route, router }
}

/** useList reads a list page by page; where the page begins stands in the address (after). */
export function useList<T>(o: { key: () => readonly unknown[]; fetch: (cursor?: string) => Promise<Page<T>>; every?: (rows: T[]) => number | false }) {
  const route = useRoute()
  const router = useRouter()
  const cursor = computed(() => String(route.query.after ?? ''))
  const before = ref<string[]>([]) // the pages before this one
  const query = useQuery({
    queryKey: computed(() => [...o.key(), cursor.value]),
    queryFn: () => o.fetch(cursor.value || undefined),
    placeholderData: keepPreviousData,
    refetchInterval: (q) => o.every?.((q.state.data as Page<T> | undefined)?.items ?? []) ?? false,
  })
  watch(cursor, (c) => { if (!c) before.value = [] })

  const rows = computed<T[]>(() => query.data.value?.items ?? [])
  const go = (after: string) => router.push({ query: { ...route.query, after: after || undefined } })

  return {
    rows,
    loading: query.isPending,
    stale: query.isPlaceholderData,
    error: query.error,
    reload: () => query.refetch(),
    hasNext: computed(() => !!query.data.value?.next),
    hasBack: computed(() => cursor.value !== ''),
    page: computed(() => before.value.length + 1),
    next() {
      const after = query.data.value?.next
      if (!after) return
      before.value.push(cursor.value)
      void go(after)
    },
    back() {
      void go(before.value.pop() ?? '')
    },
  }
}
