// What an office screen does by itself. Written for the browsers of televisions: nothing newer than Chromium 68.
(function () {
  'use strict';

  // The page is loaded anew only where the server answers, so that no error page is ever left on the wall.
  function loadAnew(path, only) {
    var request = new XMLHttpRequest();
    request.open('GET', path, true);
    // Nobody sits in front of it: it keeps no log-in alive.
    request.setRequestHeader('x-unattended', '1');
    request.timeout = 5000;
    request.onload = function () {
      if (request.status >= 200 && request.status < 400 && (!only || only(request))) { location.replace(path); }
    };
    request.send();
  }

  // A code that nobody has typed yet, or boards that are shut for now: it looks again and again.
  var waiting = document.querySelector('[data-waits]');
  if (waiting) {
    setInterval(function () {
      loadAnew(location.pathname, function (request) {
        var page = new DOMParser().parseFromString(request.responseText, 'text/html').querySelector('main');
        return !page || page.innerHTML !== waiting.innerHTML;
      });
    }, parseInt(waiting.getAttribute('data-waits'), 10) * 1000);
    return;
  }

  var main = document.getElementById('screen');
  var words = document.getElementById('words');
  if (!main) { return; }
  var idle = document.getElementById('idle');
  var clock = document.getElementById('clock');
  var overlay = document.getElementById('celebration');
  var hint = document.getElementById('sound');
  var id = main.getAttribute('data-id');
  var version = main.getAttribute('data-version');
  var seconds = parseInt(main.getAttribute('data-seconds'), 10) || 20;
  // Without a sign of life for so long, what stands here may be old.
  var PATIENCE = 7000;
  // So long a celebration stays over the boards.
  var CELEBRATES = 8000;
  // More celebrations than these wait for each other no longer, and become one.
  var MOST_PENDING = 3;
  var source = null;
  var heard = Date.now();
  var tried = Date.now();
  // The page is to be loaded anew: between two boards, or at once.
  var reload = false;
  var now = false;
  // What it is time for, by the places in the list; the server says so, for a television's clock is often wrong.
  var due = numbers(main.getAttribute('data-due'));
  var at = due.length ? due[0] : -1;
  var turns = null;

  function numbers(text) {
    return (text || '').split(' ').filter(Boolean).map(function (one) { return parseInt(one, 10); });
  }

  function items() { return Array.prototype.slice.call(main.querySelectorAll('.item[data-key]')); }

  // Not by the television's clock, which is often wrong.
  function length(milliseconds) {
    var long = Math.round(milliseconds / 1000);
    if (long < 90) { return long + ' s'; }
    if (long < 5400) { return Math.round(long / 60) + ' min'; }
    return Math.round(long / 3600) + ' h';
  }

  function say(text, old) {
    if (words.textContent !== text) { words.textContent = text; }
    document.body.className = old ? 'is-stale' : '';
  }

  function alive() {
    heard = Date.now();
    say('Live', false);
  }

  function listen() {
    if (source) { source.close(); }
    tried = Date.now();
    var asked = celebrated();
    source = new EventSource('/screen/' + id + '/live' + (asked === null ? '' : '?after=' + asked));
    source.addEventListener('hello', function (event) {
      alive();
      try {
        var told = JSON.parse(event.data);
        if (told.version !== version) { reload = true; }
        if (told.celebrated !== asked) { remember(told.celebrated); }
      } catch (error) { reload = true; }
      if (reload && due.length < 2) { now = true; }
    });
    source.addEventListener('beat', alive);
    source.addEventListener('item', function (event) {
      alive();
      var item = JSON.parse(event.data);
      items().forEach(function (section) {
        if (section.getAttribute('data-key') === item.key && section.innerHTML !== item.html) {
          section.innerHTML = item.html;
        }
      });
    });
    source.addEventListener('due', function (event) {
      alive();
      var told = JSON.parse(event.data);
      due = told.on;
      if (told.clock && clock.textContent !== told.clock) { clock.textContent = told.clock; }
      if (due.indexOf(at) < 0) { show(following()); }
    });
    source.addEventListener('celebrate', function (event) {
      alive();
      var told = JSON.parse(event.data);
      // Another page of this screen may have shown it.
      if (told.number <= celebrated()) { return; }
      remember(told.number);
      pending.push(told);
      // Several that became one already take in what comes after.
      var several = pending.length > MOST_PENDING || pending.some(function (one) { return !one.html; });
      if (several) { pending = [together(pending)]; }
      // What comes along with it is seen before the first begins.
      setTimeout(celebrate, 100);
    });
    // What it shows was chosen anew.
    source.addEventListener('reload', function () { now = true; loadAnew(location.pathname); });
    // It is no screen any more, or its boards are shut: nothing of them stays on the wall.
    source.addEventListener('ended', function () {
      main.innerHTML = '';
      pending = [];
      overlay.innerHTML = '';
      overlay.className = '';
      now = true;
      drop();
      loadAnew(location.pathname);
    });
    source.onerror = function () {
      drop();
      // All screens of an office come back, and not all at once.
      setTimeout(again, 400 + Math.random() * 1600);
    };
  }

  function drop() {
    if (source) { source.close(); }
    source = null;
  }

  function again() { if (!source && !now) { listen(); } }

  // The next that it is time for; -1 where it is time for none.
  function following() {
    var later = due.filter(function (place) { return place > at; });
    if (later.length) { return later[0]; }
    return due.length ? due[0] : -1;
  }

  function show(place) {
    at = place;
    items().forEach(function (section, number) { section.className = number === at ? 'item is-on' : 'item'; });
    idle.className = at < 0 ? 'item is-on' : 'item';
    clearTimeout(turns);
    var section = items()[at];
    var own = section ? parseInt(section.getAttribute('data-seconds'), 10) : 0;
    turns = setTimeout(turn, (own || seconds) * 1000);
  }

  function turn() {
    if (reload && !celebrating) { loadAnew(location.pathname); }
    // The same light doesn't stay on the same place: shifted by a little, four ways.
    document.documentElement.setAttribute('data-shift', String(Math.floor(Date.now() / 60000) % 4));
    if (main.firstChild) { show(following()); }
  }

  function tell() {
    var section = items()[at];
    var heading = section && section.querySelector('h1');
    var request = new XMLHttpRequest();
    request.open('POST', '/screen/' + id + '/here', true);
    request.setRequestHeader('content-type', 'application/json');
    // Nobody sits in front of it, whoever is logged in here; but what is sent along with a log-in needs its token.
    request.setRequestHeader('x-unattended', '1');
    var token = /(?:^|; )(?:__Host-devalo-csrf|devalo_csrf)=([^;]*)/.exec(document.cookie);
    if (token) { request.setRequestHeader('x-csrf-token', token[1]); }
    request.send(JSON.stringify({
      version: version,
      shows: heading ? heading.textContent.trim() : (section ? section.getAttribute('data-key') : 'the clock'),
      sound_blocked: blocked
    }));
  }

  // What was celebrated last is kept, so that nothing is shown twice, not even after the page is loaded anew.
  var KEPT = 'devalo-celebrated-';
  var last = null;

  function celebrated() {
    try {
      var kept = parseInt(localStorage.getItem(KEPT + id), 10);
      if (!isNaN(kept)) { last = last === null ? kept : Math.max(kept, last); }
    } catch (error) { /* Nothing is kept here: then it begins with what comes next. */ }
    return last;
  }

  function remember(number) {
    last = number;
    try { localStorage.setItem(KEPT + id, String(number)); } catch (error) { /* As above. */ }
  }

  // Of other screens that this browser was.
  try {
    Object.keys(localStorage).forEach(function (key) {
      if (key.indexOf(KEPT) === 0 && key !== KEPT + id) { localStorage.removeItem(key); }
    });
  } catch (error) { /* As above. */ }

  var pending = [];
  var celebrating = false;

  function together(several) {
    return { count: several.reduce(function (count, one) { return count + one.count; }, 0) };
  }

  function celebrate() {
    if (celebrating || !pending.length) { return; }
    celebrating = true;
    var one = pending.shift();
    if (one.html) {
      overlay.innerHTML = one.html;
    } else {
      overlay.innerHTML = '<div class="celebrated"><p class="celebrated-figure"></p></div>';
      overlay.querySelector('p').textContent = one.count + ' celebrations';
    }
    overlay.className = 'is-on';
    chime();
    setTimeout(function () {
      overlay.className = '';
      // It fades first.
      setTimeout(function () {
        overlay.innerHTML = '';
        celebrating = false;
        celebrate();
      }, 700);
    }, CELEBRATES);
  }

  // Sound is made here, of three notes; many browsers play none before somebody has touched them.
  var audio = null;
  var blocked = false;
  var asks = main.hasAttribute('data-sound');

  function listenable() {
    var is = !audio || audio.state !== 'running';
    if (hint) { hint.hidden = !is; }
    if (is !== blocked) {
      blocked = is;
      tell();
    }
  }

  function wake() {
    if (!asks || !audio || audio.state === 'running') { return; }
    var woken = audio.resume();
    if (woken && woken.then) { woken.then(listenable, function () {}); }
  }

  function note(pitch, begins) {
    var tone = audio.createOscillator();
    var volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, begins);
    volume.gain.exponentialRampToValueAtTime(0.3, begins + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, begins + 1.2);
    tone.connect(volume);
    volume.connect(audio.destination);
    tone.start(begins);
    tone.stop(begins + 1.3);
  }

  function chime() {
    if (!audio || audio.state !== 'running') { return; }
    try {
      [523.25, 659.25, 783.99].forEach(function (pitch, number) { note(pitch, audio.currentTime + number * 0.18); });
    } catch (error) { /* What is seen counts. */ }
  }

  if (asks) {
    try { audio = new (window.AudioContext || window.webkitAudioContext)(); } catch (error) { audio = null; }
    if (audio) { audio.onstatechange = listenable; }
    wake();
    // It starts by itself within a moment, or not at all.
    setTimeout(listenable, 1000);
    document.addEventListener('click', wake);
    document.addEventListener('keydown', wake);
  }

  var ticks = 0;
  setInterval(function () {
    ticks += 1;
    var silent = Date.now() - heard;
    if (now && ticks % 5 === 0 && !celebrating) { loadAnew(location.pathname); }
    if (silent > PATIENCE) {
      say('Not up to date: nothing heard for ' + length(silent), true);
      // A stream that says nothing is no stream; each screen tries anew at a moment of its own.
      if (!now && Date.now() - tried > 1500 + Math.random() * 1000) { listen(); }
    }
  }, 1000);
  setInterval(tell, 120000);
  // A moment of its own for each, so that an office full of screens doesn't tell all at once.
  setTimeout(tell, 2000 + Math.random() * 20000);
  show(at);
  listen();
}());
