import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { tasks } from '@/api/tasks'
import { useSession } from '@/stores/session'

/** useTodo counts what waits for the officer, for the bell and the menu; more than a page is 99+. */
export function useTodo() {
  const session = useSession()
  const query = useQuery({
    queryKey: ['tasks', 'todo', 'count'],
    queryFn: () => tasks.list({ view: 'todo', limit: 100 }),
    enabled: () => session.can('editorial.review'),
    refetchInterval: 60_000,
  })
  const n = computed(() => query.data.value?.items.length ?? 0)
  return { n, text: computed(() => (n.value ? (query.data.value?.next ? '99+' : String(n.value)) : '')) }
}
