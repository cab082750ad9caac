import type { RouteRecordRaw } from 'vue-router'
import type { IconName } from '@/lib/icons'

export type Group = '' | '内容' | '审核与发布' | '办理' | '守护' | '管理'

/** A room of the console: a menu entry and its pages. What it needs lies in one folder; rooms/index.ts names it. */
export interface Room {
  name: string // of its folder and of the first part of its addresses
  title: string
  group: Group
  icon: IconName
  permissions: string[] // one of them lets in; none: everybody who is signed in
  todo?: 'tasks' // whose count stands beside the entry
  routes: RouteRecordRaw[] // the first is the entry's
}
