namespace Serf.Blackbox.Harness;

/// <summary>Keys of the two useful sizes.</summary>
public static class Keys
{
    public const string First = "EBESExQVFhcYGRobHB0eHxAREhMUFRYXGBkaGxwdHh8=";

    public const string Second = "AAECAwQFBgcICQoLDA0ODw==";
}
