import type { Group, Room } from './room'
import columns from './columns/room'
import items from './items/room'
import people from './people/room'
import review from './review/room'
import worktable from './worktable/room'

/** All rooms, in the order of the menu. A new one is a folder beside this file and a line here. */
export const rooms: Room[] = [worktable, items, columns, review, people]

export const groups: Group[] = ['', '内容', '审核与发布', '办理', '守护', '管理']
