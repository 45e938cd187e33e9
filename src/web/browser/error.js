// The counter of redirects has done its work; reloading starts a new count.
const address = new URL(location.href)
if (address.searchParams.has('redirects')) {
  address.searchParams.delete('redirects')
  history.replaceState(null, '', address)
}
