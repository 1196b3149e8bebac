// Signing in and making an account: sends the form to the API, and says what was wrong with it.
"use strict";

const SIGN_IN = "/api/auth/callback/credentials";

async function post(path, values) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(values),
  });
  if (!response.ok) {
    const answer = await response.json();
    throw new Error((answer.details || []).map((each) => each.message).join(". ") || answer.error);
  }
}

for (const form of document.querySelectorAll("form.account")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = form.querySelector(".problem");
    const button = form.querySelector("button");
    const values = Object.fromEntries(new FormData(form));
    problem.hidden = button.disabled = true;
    try {
      await post(form.dataset.action, values);
      if (form.dataset.action !== SIGN_IN) await post(SIGN_IN, values);
      location.reload();
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = button.disabled = false;
    }
  });
}
