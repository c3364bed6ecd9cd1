# SPDX-License-Identifier: MIT
Describe 'The host of these tests' -Tag Simulated {
    It 'is Windows, with the real PowerShell' {
        $IsWindows | Should -BeTrue
        $PSVersionTable.PSVersion.Major | Should -Be 7
    }
}

Describe 'The module' {
    BeforeDiscovery {
        $cmdlets = @(Get-Command -Module Wcow | ForEach-Object { @{ Name = $_.Name } })
    }
    BeforeAll {
        $module = Get-Module Wcow
    }
    It 'has the version of wcow.exe, which it finds beside itself' {
        $version = Get-WcowVersion
        $version.Version | Should -Be "$($module.Version)"
        $version.Path | Should -BeLike '*\wcow.exe'
    }
    It 'exports what stands in Public, a function a file' {
        $files = (Get-ChildItem (Join-Path $env:WCOW_TEST_MODULE 'Public') -Filter *.ps1).BaseName
        Compare-Object $files @($module.ExportedFunctions.Keys) | Should -BeNullOrEmpty
        $module.ExportedAliases.Count + $module.ExportedVariables.Count | Should -Be 0
    }
    It '<Name> has help, with an example and each of its parameters' -ForEach $cmdlets {
        $help = Get-Help $Name -Full
        $help.Synopsis | Should -Not -BeLike "*$Name*"
        $help.Description.Text | Should -Not -BeNullOrEmpty
        @($help.Examples.Example).Count | Should -BeGreaterThan 0
        $common = [System.Management.Automation.PSCmdlet]::CommonParameters + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
        # A cmdlet without parameters has none in its help.
        $described = @($help.parameters | Where-Object { $_ -and $_.PSObject.Properties['parameter'] } | ForEach-Object parameter |
                Where-Object { $_.PSObject.Properties['description'] -and $_.description } | ForEach-Object name)
        (Get-Command $Name).Parameters.Keys | Where-Object { $_ -notin $common -and $_ -notin $described } | Should -BeNullOrEmpty
    }
    It 'has a topic about itself' {
        Get-Content (Join-Path $env:WCOW_TEST_MODULE 'en-US\about_Wcow.help.txt') -TotalCount 2 | Select-Object -Last 1 | Should -Be '    about_Wcow'
    }
}
