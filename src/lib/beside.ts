/** What both sources give, as it comes, until `main` ends; then `aside` is left where it is. Rejects when either does. */
export async function* beside<T>(main: AsyncIterator<T>, aside: AsyncIterator<T>): AsyncGenerator<T> {
  let [ofMain, ofAside] = [main.next(), aside.next()]
  const never = Promise.withResolvers<IteratorResult<T>>().promise
  while (true) {
    const came = await Promise.race([
      ofMain.then((result) => ({ from: main, result })),
      ofAside.then((result) => ({ from: aside, result })),
    ])
    if (came.from === main) {
      if (came.result.done === true) return
      ofMain = main.next()
    } else {
      ofAside = came.result.done === true ? never : aside.next()
    }
    if (came.result.done !== true) yield came.result.value
  }
}
