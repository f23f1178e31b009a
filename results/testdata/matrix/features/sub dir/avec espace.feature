# language: fr
Fonctionnalité: Chemin avec une espace

  Scénario: Ça marche
    Soit a passing step

  Plan du scénario: Avec <n>
    Soit there are <n> cucumbers

    Exemples:
      | n |
      | 1 |
