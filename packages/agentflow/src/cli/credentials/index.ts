export { ExposedFileError } from './credentials-file.js';
export { storedSession } from './stored-session.js';
