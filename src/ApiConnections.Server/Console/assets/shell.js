// What the console does in the browser itself. Nothing here keeps a secret: what is copied or saved is handed in and forgotten.
window.consolePages = {
  copy: text => navigator.clipboard.writeText(text).then(() => true, () => false),
  // A tab of its own; where the browser allows none, the page has a link.
  open: address => { window.open(address, '_blank', 'noopener'); },
  save: (name, type, text) => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  },
  look: () => {
    const wrong = document.querySelector('main [aria-invalid=true]');
    if (wrong) wrong.focus();
    else window.scrollTo(0, 0);
  },
  theme: name => {
    if (name) document.documentElement.dataset.theme = name;
    else delete document.documentElement.dataset.theme;
    document.cookie = `theme=${name || ''}; path=/; max-age=${name ? 31536000 : 0}; samesite=lax`;
  },
};
document.addEventListener('click', event => {
  const pressed = event.target.closest?.('[data-reload], [data-reconnect]');
  if (!pressed) return;
  if ('reload' in pressed.dataset) location.reload();
  else Blazor.reconnect().then(done => done || location.reload(), () => location.reload());
});
// The server has forgotten this circuit: nothing can be had back of it.
document.getElementById('components-reconnect-modal').addEventListener('components-reconnect-state-changed', event => {
  if (event.detail.state === 'rejected') location.reload();
});
