// The keys, on `?`.
import { useEffect, useRef } from 'preact/hooks';
import { views } from './views.ts';

export function Help({ close }: { readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} class="help" aria-label="Keys" onClose={close}>
      <h2>Keys</h2>
      <table>
        <tbody>
          {views.map(({ id, title, key, about }, index) => (
            <tr key={id}>
              <td>
                <kbd>{index + 1}</kbd> or <kbd>g</kbd> <kbd>{key}</kbd>
              </td>
              <td>
                <strong>{title}</strong>: {about}
              </td>
            </tr>
          ))}
          <Row keys="/" does="search in this view" />
          <Row keys="↑ ↓" does="next row or card; Enter opens it (also j, k)" />
          <Row keys="t" does="dark or light" />
          <Row keys="?" does="these keys; Escape closes them" />
        </tbody>
      </table>
      <button type="button" onClick={close}>
        Close
      </button>
    </dialog>
  );
}

function Row({ keys, does }: { readonly keys: string; readonly does: string }) {
  return (
    <tr>
      <td>
        {keys.split(' ').map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </td>
      <td>{does}</td>
    </tr>
  );
}
