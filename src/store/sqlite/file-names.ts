/** The database of a store, in its folder: by it a store is known. */
export const databaseName = 'store.sqlite';
