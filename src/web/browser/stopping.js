import { repeat } from './page.js'

// The page knows what to show once the server is gone.
void repeat(1_500, () => {
  location.reload()
  return Promise.resolve(false)
})
