/** Starts the user's browser. */
import open from 'open';

/** Opens an address in the user's browser. Returns false where none could be started. */
export async function openBrowser(url: string): Promise<boolean> {
  try {
    const child = await open(url);
    // A browser that is missing is reported later, and must not end the program.
    child.on('error', () => {});
    return true;
  } catch {
    return false;
  }
}
