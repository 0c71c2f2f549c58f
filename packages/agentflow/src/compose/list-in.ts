/** A variable that holds a list, parted by commas; empty where it is not set. */
export function listIn(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
