import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// The backend of a development run: the studio listener of "guiyi serve".
const backend = process.env.GUIYI_STUDIO ?? 'http://127.0.0.1:8081'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // Relative addresses are not used: the console lies at the root of its listener.
  build: {
    target: 'chrome100',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0, // the CSP allows no data: but for pictures
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: Object.fromEntries(['/api', '/session', '/preview'].map((path) => [path, { target: backend }])),
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    server: { deps: { inline: ['element-plus'] } },
  },
})
