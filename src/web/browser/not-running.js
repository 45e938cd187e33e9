// The part of the address behind the hash never reaches the hub; it is carried over to where the start leads.
const link = document.getElementById('start')
if (link instanceof HTMLAnchorElement) {
  const target = new URL(link.href)
  const next = target.searchParams.get('next')
  if (next !== null && location.hash !== '') {
    target.searchParams.set('next', next + location.hash)
    link.href = target.href
  }
  const seconds = Number(link.dataset['implicitSeconds'] ?? '0')
  if (seconds > 0) setTimeout(() => link.click(), seconds * 1000)
}
