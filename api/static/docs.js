// keys stay in this page's memory and are gone with it
SwaggerUIBundle({ url: "/v1/openapi.json", dom_id: "#api", deepLinking: true, persistAuthorization: false, validatorUrl: null });
