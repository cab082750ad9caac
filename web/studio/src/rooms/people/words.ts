import type { Shown } from '@/lib/state'

export const officerStates: Record<string, Shown> = {
  active: { name: '在用', cls: 's-live', icon: 'stLive' },
  disabled: { name: '停用', cls: 's-gone', icon: 'stGone' },
}
