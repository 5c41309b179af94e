// What the console does in the browser itself. Nothing here keeps a secret: what is copied or saved is handed in and forgotten.

// A page that has to be loaded anew (its session or its circuit is gone, another language) gets back what was typed into its forms. It waits in this tab until
// that page is there, for that person only.
const kept = 'typed';
const fieldsOfForms = () => {
  const seen = {};
  const fields = [...document.querySelectorAll('main form :is(input:not([type=password]), textarea, select)')].map(field => {
    const name = field.id || `${field.type} ${field.type === 'radio' ? field.value : field.ariaLabel || field.placeholder || field.closest('label')?.textContent.trim()}`;
    seen[name] = (seen[name] ?? 0) + 1;
    return [`${name} ${seen[name]}`, field];
  });
  return new Map(fields);
};
const ticks = field => field.type === 'checkbox' || field.type === 'radio';
const touched = new WeakSet();
const touch = event => event.target instanceof Element && touched.add(event.target);
document.addEventListener('input', touch);
document.addEventListener('change', touch);
const fillIn = typed => {
  for (const [name, value] of typed) {
    const field = fieldsOfForms().get(name);
    if (!field || field.disabled || (field.tagName === 'SELECT' && ![...field.options].some(option => option.value === value))) continue;
    typed.delete(name);
    if (ticks(field)) {
      if (field.checked !== value) field.click();
    } else if (field.value !== value) {
      field.value = value;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      field.dispatchEvent(new Event('change', { bubbles: true }));
    }
  }
};
const giveBack = () => {
  const last = JSON.parse(sessionStorage.getItem(kept));
  sessionStorage.removeItem(kept);
  if (last?.page !== location.pathname || last.person !== document.body.dataset.person) return;
  const typed = new Map(last.typed);
  // Fields come with the circuit, and some only once others are filled in.
  const shown = new MutationObserver(() => typed.size ? fillIn(typed) : shown.disconnect());
  shown.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => shown.disconnect(), 30000);
};
giveBack();

window.consolePages = {
  keep: () => {
    const typed = [...fieldsOfForms()].filter(([, field]) => touched.has(field)).map(([name, field]) => [name, ticks(field) ? field.checked : field.value]);
    sessionStorage.setItem(kept, JSON.stringify({ page: location.pathname, person: document.body.dataset.person, typed }));
  },
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
  // Null where the person chose none.
  passkey: (script, options) => import(script).then(() => passkeys.ask('get', options)).catch(() => null),
  theme: name => {
    if (name) document.documentElement.dataset.theme = name;
    else delete document.documentElement.dataset.theme;
    document.cookie = `theme=${name || ''}; path=/; max-age=${name ? 31536000 : 0}; samesite=lax`;
  },
};
const reload = () => {
  consolePages.keep();
  location.reload();
};
// Blazor takes every link for a page: it would scroll there and leave the focus where it is.
document.addEventListener('click', event => {
  if (!event.target.closest?.('a.skip')) return;
  event.preventDefault();
  document.getElementById('main').focus();
});
document.addEventListener('click', event => {
  const pressed = event.target.closest?.('[data-reload], [data-reconnect]');
  if (!pressed) return;
  if ('reload' in pressed.dataset) reload();
  else Blazor.reconnect().then(done => done || reload(), reload);
});
// The server has forgotten this circuit.
document.getElementById('components-reconnect-modal').addEventListener('components-reconnect-state-changed', event => {
  if (event.detail.state === 'rejected') reload();
});
