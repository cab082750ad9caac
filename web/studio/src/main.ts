import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { Failure, said } from './lib/problem'
import { router } from './router'
import { useUI } from './stores/ui'
import './styles/index.css'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, e) => e instanceof Failure && e.offline && count < 3,
      refetchOnWindowFocus: true,
    },
  },
})

const app = createApp(App)
app.use(createPinia()).use(VueQueryPlugin, { queryClient: queries }).use(router)
app.config.errorHandler = (e) => {
  console.error(e)
  useUI().show(said(e), { bad: true })
}
app.mount('#app')
