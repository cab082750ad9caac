// Small helps on content pages: text size, printing, wide tables.

import { sizes } from './settings'

const wide = 5 // columns from which a table may need to scroll on a narrow screen

/** articleTools shows the buttons that need a script and wires them. */
export function articleTools(size: () => string, setSize: (size: string) => void): () => void {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('[data-art]')].filter((b) => b.tagName === 'BUTTON')
  const sync = () => {
    for (const b of buttons) b.setAttribute('aria-pressed', String(b.dataset.art === size()))
  }
  for (const b of buttons) {
    b.addEventListener('click', () => {
      if (b.dataset.art && sizes.includes(b.dataset.art)) setSize(b.dataset.art)
    })
  }
  for (const b of document.querySelectorAll('[data-print]')) b.addEventListener('click', () => window.print())
  for (const t of document.querySelectorAll<HTMLElement>('[data-tools]')) t.hidden = false
  sync()
  return sync
}

/** wrapTables lets wide tables scroll by themselves, reachable by keyboard; without a script they shrink instead. */
export function wrapTables(): void {
  document.querySelectorAll<HTMLTableElement>('.prose table').forEach((table, i) => {
    if ((table.rows[0]?.cells.length ?? 0) < wide || table.closest('.tablewrap')) return
    const box = document.createElement('div')
    box.className = 'tablewrap'
    box.tabIndex = 0
    box.setAttribute('role', 'region')
    box.setAttribute('aria-label', `${table.caption?.textContent?.trim() || `表格${i + 1}`}，可左右滚动`)
    table.replaceWith(box)
    box.append(table)
  })
}
